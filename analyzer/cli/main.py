"""The way into the program: a hook's call straight to the gate, any other through click, which takes longer to load."""

from __future__ import annotations

import gc
import io
import os
import sys

from analyzer.cli.exit_codes import EXIT_ERROR
from analyzer.model.errors import UserInputError


def main() -> None:
    """Run the command line. Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or input error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not end the scan
    try:
        if is_hook_call(sys.argv[1:]):
            gc.disable()  # it would look four times through what is loaded, and a hook is over before it has garbage
            from analyzer.cli.gate import GateOptions, run_gate

            sys.exit(run_gate(GateOptions(files=tuple(sys.argv[2:]))))
        from analyzer.cli.group import run

        run()
    except UserInputError as error:
        from analyzer.report.printable import printable

        sys.stderr.write(f"offramp: error: {printable(str(error))}\n")  # it may quote the repository's settings
        sys.exit(EXIT_ERROR)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_ERROR)


def is_hook_call(arguments: list[str]) -> bool:
    """Whether the call is `check FILE ...` and nothing more, which needs no reader of options."""
    return (
        len(arguments) > 1
        and arguments[0] == "check"
        and not any(argument.startswith("-") for argument in arguments)
        and not any(name.startswith("OFFRAMP_CHECK_") for name in os.environ)
    )
