"""The way into the program: a hook's call straight to the gate, any other through click, which takes longer to load."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys

from analyzer.cli.exit_codes import EXIT_ERROR
from analyzer.model.errors import UserInputError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of an output that takes no more; any other error of its kind would be a fault of ours and is shown so."""


def main() -> None:
    """Run the command line. Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or input error.

    Where whoever reads the output goes away (`| head`) it ends quietly with 2: not all was said.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed before the program began
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w"), "utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not end the scan
    hold_back_output()
    try:
        try:
            run_command()
        finally:
            sys.stdout.flush()  # now, where an error can still be told
    except UserInputError as error:
        from analyzer.report.printable import printable

        sys.stderr.write(f"offramp: error: {printable(str(error))}\n")  # it may quote the repository's settings
        sys.exit(EXIT_ERROR)
    except BrokenPipeError:
        give_up_output()
        sys.exit(EXIT_ERROR)
    except OSError as error:
        if error.errno not in _NO_ROOM or error.filename is not None:
            raise
        give_up_output()
        sys.stderr.write(f"offramp: error: the output cannot be written: {error.strerror}\n")
        sys.exit(EXIT_ERROR)


def run_command() -> None:
    """A hook's call straight to the gate, any other through click."""
    if is_hook_call(sys.argv[1:]):
        gc.disable()  # it would look four times through what is loaded, and a hook is over before it has garbage
        from analyzer.cli.gate import GateOptions, run_gate

        sys.exit(run_gate(GateOptions(files=tuple(sys.argv[2:]))))
    from analyzer.cli.group import run

    run()


def hold_back_output() -> None:
    """Let standard output go through a buffer also where PYTHONUNBUFFERED is set, as it is in many containers.

    Without one a write that the system takes only the beginning of is taken for a whole one, and the rest is lost.
    """
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper) and isinstance(stream.buffer, io.RawIOBase):
        encoding, errors, is_terminal = stream.encoding, stream.errors, stream.isatty()
        buffered = io.BufferedWriter(stream.detach())
        sys.stdout = io.TextIOWrapper(buffered, encoding, errors, line_buffering=is_terminal)


def give_up_output() -> None:
    """Let what is still held back for standard output go nowhere, so that the end of the program does not try again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def is_hook_call(arguments: list[str]) -> bool:
    """Whether the call is `check FILE ...` and nothing more, which needs no reader of options."""
    return (
        len(arguments) > 1
        and arguments[0] == "check"
        and not any(argument.startswith("-") for argument in arguments)
        and not any(name.startswith("OFFRAMP_CHECK_") for name in os.environ)
    )
