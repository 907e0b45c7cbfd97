"""The `offramp` command and its sub-commands, each loaded only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from analyzer.cli.exit_codes import EXIT_ERROR, EXIT_INTERRUPTED

COMMANDS = {
    "scan": "Scan a repository and report what ties it to CUDA, what porting takes, and whether it pays.",
    "check": "Check for new ties to CUDA; what a baseline knows does not fail.",
    "baseline": "Write down the ties that exist today, and keep the list honest.",
    "report": "Cost a JSON report anew with another workload, other prices or measurements.",
    "tco": "Write a workload file, or a measurements file to fill in.",
    "prices": "Fetch today's prices, or say which ones count.",
    "rules": "List the rules.",
    "explain": "Explain a rule, or why something was found in a line.",
    "targets": "List the targets, or what one of them does with every capability.",
    "graph": "Ask the dependency graph: what reaches a kernel, what can move today, in which order, and where to cut.",
    "export-surface": "Write which public names of a library need CUDA, for scans of its users.",
    "diff": "Say what changed between two reports or more, and fail where effort grows too much.",
    "calibrate": "Compare actual days with a report's estimates, and fit factors to them.",
    "example": "Write the bundled example repository into a folder.",
    "version": "Print the versions of the tool and of its knowledge.",
}


class LazyGroup(click.Group):
    """A group whose commands live in `analyzer.cli.<name>` and are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"analyzer.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "OFFRAMP"})
@click.version_option(package_name="offramp", prog_name="offramp")
def group() -> None:
    """What ties a Python repository to CUDA, what leaving takes, and whether it pays.

    The repository is read, never run.
    """


def run() -> None:
    """Run the command line as click reads it."""
    stdout = sys.stdout
    try:
        group(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_ERROR)
    except SystemExit:
        if sys.stdout is stdout:
            raise
        sys.stdout = stdout  # click puts another there where nobody reads on, and would end with the code of a finding
        raise BrokenPipeError from None
    except click.Abort:
        click.echo("offramp: interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
