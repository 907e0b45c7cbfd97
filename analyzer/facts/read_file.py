"""Reads one file into `FileFacts`: whatever is wrong with it becomes a `Problem`, never an exception."""

from __future__ import annotations

import ast
from pathlib import Path

from analyzer.facts.decoding import FileProblemError, MalformedFileError, decode, read_bytes
from analyzer.facts.lexicon import mentions_accelerator, names_a_model
from analyzer.facts.parser_bombs import ParserBombError
from analyzer.facts.python import is_python_2, parse_tree, read_python
from analyzer.model.facts import Entry, FileFacts, Problem, PythonFacts
from analyzer.model.source import SourceFile
from analyzer.model.span import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from analyzer.facts.notebook_text import NotebookText

SUPPRESSION_MARK = "offramp:"
LARGEST_JSON_CHARACTERS = 300_000
MOST_ENTRIES = 50_000
REMARKABLE_OUTPUT_BYTES = 5_000_000

_ALWAYS_READ = frozenset({"requirements", "conda", "container", "lock"})


def read_file(root: Path, file: SourceFile) -> FileFacts:
    """The facts of one file of the repository."""
    facts = nothing_of(file)
    if file.kind == "model":
        return _read_model(facts, root, file)
    try:
        if file.kind == "notebook":
            from analyzer.facts.notebook_text import load_notebook

            return _read_notebook_file(facts, load_notebook(root / file.path, file.most_kept_bytes, _most_bytes(file)))
        decoded = decode(read_bytes(root / file.path, _most_bytes(file)), file.kind)
        text = decoded.text
        facts = facts._replace(
            lines=text.count("\n") + (not text.endswith("\n") and bool(text)),
            has_suppressions=SUPPRESSION_MARK in text,
            problems=_doubts(file.path, decoded.doubt, decoded.line),
        )
        return _read_text(facts, text)
    except FileProblemError as problem:
        return _with_problem(facts, problem.reason, problem.detail, problem.line)


def nothing_of(file: SourceFile) -> FileFacts:
    """The facts of a file of which nothing is known yet."""
    return FileFacts(file.path, file.kind, 0, None, None, (), (), (), False)


def _most_bytes(file: SourceFile) -> int:
    """A file may have grown since the walk, but not beyond every limit."""
    return max(file.size_bytes, file.most_kept_bytes)


def _read_model(facts: FileFacts, root: Path, file: SourceFile) -> FileFacts:
    from analyzer.facts.artifact import read_artifact

    try:
        return facts._replace(entries=read_artifact(root / file.path, file.path, file.size_bytes))
    except OSError as error:
        return _with_problem(facts, "unreadable", error.strerror or str(error), 0)


def _doubts(path: str, doubt: str, line: int) -> tuple[Problem, ...]:
    return (Problem(path, "encoding-replaced", doubt, line),) if doubt else ()


def _read_text(facts: FileFacts, text: str) -> FileFacts:
    if facts.kind == "python":
        return _read_python_file(facts, text)
    if facts.kind in ("cuda", "cpp"):
        from analyzer.facts.native_source import read_native_source

        entries, native = read_native_source(text, facts.kind == "cuda")
        facts = facts._replace(entries=entries, native=native)
        if native is None or not native.is_by_text:
            return facts
        return _with_problem(facts, "too-complex", "the C++ grammar gave up; kernels are found by the text alone", 0)
    from analyzer.facts.text_readers import READERS  # none of which a check of Python needs

    reader = READERS.get(facts.kind)
    is_data = facts.kind == "json" and len(text) > LARGEST_JSON_CHARACTERS
    if reader is None or is_data or (facts.kind not in _ALWAYS_READ and not _is_worth_reading(facts, text)):
        return facts
    try:
        return _with_entries(facts, reader(text))
    except MalformedFileError as error:
        raise FileProblemError("malformed", error.reason, error.line) from None


def _with_entries(facts: FileFacts, entries: tuple[Entry, ...]) -> FileFacts:
    """The facts with what a file says, and with a problem where it says more than is read."""
    cut = next((entry for entry in entries if entry.kind == "cut"), None)
    if cut is not None:
        entries = tuple(entry for entry in entries if entry.kind != "cut")
        facts = _with_problem(facts, "too-many", "has more values than are read; the first are", cut.span.line)
    if len(entries) <= MOST_ENTRIES:
        return facts._replace(entries=entries)
    kept = entries[:MOST_ENTRIES]
    detail = f"says {len(entries):,} things; the first {MOST_ENTRIES:,} are read"
    return _with_problem(facts._replace(entries=kept), "too-many", detail, kept[-1].span.line)


def _is_worth_reading(facts: FileFacts, text: str) -> bool:
    is_project = facts.path.endswith(("pyproject.toml", "setup.cfg", "Pipfile", "pixi.toml", "cog.yaml"))
    return is_project or mentions_accelerator(text) or names_a_model(text)


def parse(text: str, package_parts: tuple[str, ...], is_notebook: bool = False) -> PythonFacts:
    """Facts of Python source; raises the reader's own problem error."""
    try:
        return read_python(text, package_parts, is_notebook)
    except SyntaxError as error:
        reason = "python-2" if is_python_2(text) else "syntax-error"
        raise FileProblemError(reason, error.msg, error.lineno or 0) from None
    except ValueError as error:
        raise FileProblemError("syntax-error", str(error)) from None
    except (RecursionError, MemoryError):
        raise FileProblemError("too-deep", "nested too deeply to be parsed") from None
    except ParserBombError as error:
        raise FileProblemError("too-deep", error.reason, error.line) from None


def package_parts_of(path: str) -> tuple[str, ...]:
    """The folders of a Python file, against which its relative imports are resolved."""
    return tuple(path.split("/")[:-1])


def _read_python_file(facts: FileFacts, text: str) -> FileFacts:
    python = parse(text, package_parts_of(facts.path))
    entries = setup_requirements(text) if facts.path.rsplit("/", 1)[-1] == "setup.py" else ()
    return facts._replace(python=python, entries=entries)


def _read_notebook_file(facts: FileFacts, text: NotebookText) -> FileFacts:
    from analyzer.facts.notebook import read_notebook

    doubts = _doubts(facts.path, text.doubt, text.doubt_line)
    if text.left_out_bytes > REMARKABLE_OUTPUT_BYTES:
        detail = f"{text.left_out_bytes:,} bytes of outputs were left out; the cells are read"
        doubts = (*doubts, Problem(facts.path, "outputs-left-out", detail, 0))
    facts = facts._replace(lines=text.lines, has_suppressions=SUPPRESSION_MARK in text.text, problems=doubts)
    try:
        notebook = read_notebook(facts.path, text)
    except MalformedFileError as error:
        return _with_problem(facts, "malformed", error.reason, error.line)
    facts = _with_entries(facts._replace(cells=notebook.cells), notebook.entries)
    facts = facts._replace(problems=(*facts.problems, *notebook.problems))
    try:
        return facts._replace(python=parse(notebook.module, package_parts_of(facts.path), is_notebook=True))
    except FileProblemError as problem:
        return _with_problem(facts, problem.reason, problem.detail, 0)


def _with_problem(facts: FileFacts, reason: str, detail: str, line: int) -> FileFacts:
    return facts._replace(problems=(*facts.problems, Problem(facts.path, reason, detail, line)))


def setup_requirements(text: str) -> tuple[Entry, ...]:
    """Requirements in a setup.py, by reading only: strings in lists that are given or assigned to a telling name."""
    entries: list[Entry] = []
    for node in ast.walk(parse_tree(text)):
        named: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.append((node.targets[0].id, node.value))
        elif isinstance(node, ast.Call):
            named.extend((keyword.arg or "", keyword.value) for keyword in node.keywords)
        for name, value in named:
            if not any(word in name.lower() for word in ("require", "depend")):
                continue
            for item in ast.walk(value):
                if isinstance(item, ast.List | ast.Tuple):
                    entries.extend(_requirement_strings(item))
    return tuple(entries)


def _requirement_strings(node: ast.List | ast.Tuple) -> list[Entry]:
    from analyzer.facts.requirements import requirement_entry

    found = []
    for item in node.elts:
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            span = Span(item.lineno, item.col_offset + 1, item.end_lineno or item.lineno, (item.end_col_offset or 0) + 1)
            entry = requirement_entry(item.value, span)
            if entry:
                found.append(entry)
    return found
