"""Reading in several processes: the same facts in the same order, whatever happens to one of the processes."""

from __future__ import annotations

import os
import signal

from analyzer.facts.extract import FILES_A_TASK
from analyzer.facts.processes import read_in_processes
from analyzer.facts.read_file import nothing_of
from analyzer.model.facts import FileFacts, Problem
from analyzer.model.source import SourceFile

FILES = tuple(SourceFile(f"{number:03}.py", "python", 1) for number in range(5 * FILES_A_TASK + 3))
KILLERS = ("020.py", "021.py", "082.py")


def read(file: SourceFile) -> FileFacts:
    return nothing_of(file)._replace(lines=int(file.path[:3]))


def lost(file: SourceFile) -> FileFacts:
    return nothing_of(file)._replace(problems=(Problem(file.path, "killed", "", 0),))


def read_or_die(file: SourceFile) -> FileFacts:
    if file.path in KILLERS:
        os.kill(os.getpid(), signal.SIGKILL)
    return read(file)


def test_the_order_is_that_of_the_files() -> None:
    assert list(read_in_processes(read, lost, FILES, 2)) == [read(file) for file in FILES]


def test_a_killed_process_costs_one_file() -> None:
    facts = list(read_in_processes(read_or_die, lost, FILES, 2))
    assert [found.path for found in facts] == [file.path for file in FILES]
    killed = [found.path for found in facts if found.problems]
    assert killed == list(KILLERS) and {found.problems[0].reason for found in facts if found.problems} == {"killed"}
    assert all(found == read(file) for found, file in zip(facts, FILES, strict=True) if not found.problems)


def test_something_is_done_once_while_others_read() -> None:
    done: list[int] = []
    facts = list(read_in_processes(read_or_die, lost, FILES, 2, lambda: done.append(os.getpid())))
    assert done == [os.getpid()] and len(facts) == len(FILES)
