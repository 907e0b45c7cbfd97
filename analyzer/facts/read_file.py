"""Reads one file into `FileFacts`: whatever is wrong with it becomes a `Problem`, never an exception."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Callable
from pathlib import Path

from analyzer.facts.artifact import read_artifact
from analyzer.facts.build_files import read_bazel, read_cmake, read_cython, read_ini, read_make
from analyzer.facts.container import read_container, read_singularity
from analyzer.facts.infrastructure import read_jenkinsfile, read_protobuf_text, read_terraform
from analyzer.facts.lexicon import mentions_accelerator
from analyzer.facts.locks import read_lock
from analyzer.facts.native_source import read_native_source
from analyzer.facts.notebook import read_notebook
from analyzer.facts.python import PYTHON_2, read_python
from analyzer.facts.requirements import read_requirements, requirement_entry
from analyzer.facts.shell import read_batch, read_powershell, read_shell
from analyzer.facts.structured import MalformedFileError, read_json, read_toml_file, read_yaml
from analyzer.model.facts import Entry, FileFacts, Problem, PythonFacts
from analyzer.model.source import SourceFile
from analyzer.model.span import Span

SUPPRESSION_MARK = "offramp:"
LARGEST_JSON_CHARACTERS = 300_000

_READERS: dict[str, Callable[[str], tuple[Entry, ...]]] = {
    "requirements": read_requirements,
    "container": read_container,
    "shell": read_shell,
    "batch": read_batch,
    "powershell": read_powershell,
    "lock": read_lock,
    "singularity": read_singularity,
    "bazel": read_bazel,
    "cython": read_cython,
    "jenkins": read_jenkinsfile,
    "protobuf": read_protobuf_text,
    "yaml": read_yaml,
    "conda": lambda text: read_yaml(text, is_conda=True),
    "toml": read_toml_file,
    "ini": read_ini,
    "cmake": read_cmake,
    "make": read_make,
    "terraform": read_terraform,
}
_ALWAYS_READ = frozenset({"requirements", "conda", "container", "lock"})


class FileProblemError(Exception):
    """Carries a stable reason, a detail and a line to the one place that makes a `Problem`."""

    def __init__(self, reason: str, detail: str, line: int = 0) -> None:
        super().__init__(reason, detail, line)
        self.reason = reason
        self.detail = detail
        self.line = line


def read_file(root: Path, file: SourceFile) -> FileFacts:
    """The facts of one file of the repository."""
    facts = FileFacts(file.path, file.kind, 0, None, None, (), (), (), False)
    if file.kind == "model":
        return _read_model(facts, root, file)
    try:
        text = decode(read_bytes(root / file.path), file.kind)
        facts = facts._replace(
            lines=text.count("\n") + (not text.endswith("\n") and bool(text)), has_suppressions=SUPPRESSION_MARK in text
        )
        return _read_text(facts, text)
    except FileProblemError as problem:
        return facts._replace(problems=(Problem(file.path, problem.reason, problem.detail, problem.line),))


def _read_model(facts: FileFacts, root: Path, file: SourceFile) -> FileFacts:
    path = root / file.path
    try:
        if path.is_symlink():
            raise OSError("became a link while it was read")
        return facts._replace(entries=read_artifact(path, file.path, file.size_bytes))
    except OSError as error:
        return facts._replace(problems=(Problem(file.path, "unreadable", error.strerror or str(error), 0),))


def read_bytes(path: Path) -> bytes:
    """The content of a regular file; a link that appeared since the walk is not followed."""
    try:
        if path.is_symlink():
            raise FileProblemError("unreadable", "became a link while it was read")
        return path.read_bytes()
    except OSError as error:
        raise FileProblemError("unreadable", error.strerror or str(error)) from None


def decode(data: bytes, kind: str) -> str:
    """The text of a file: by its declared encoding (Python) or byte order mark, else UTF-8."""
    encoding = "utf-8-sig"
    if kind == "python":
        try:
            encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        except SyntaxError as error:
            raise FileProblemError("encoding", str(error), 1) from None
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileProblemError("encoding", f"not valid {encoding}: byte {error.start}", line) from None
    if "\0" in text:
        raise FileProblemError("nul-byte", "contains a NUL byte", text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_text(facts: FileFacts, text: str) -> FileFacts:
    if facts.kind == "python":
        return _read_python_file(facts, text)
    if facts.kind == "notebook":
        return _read_notebook_file(facts, text)
    if facts.kind in ("cuda", "cpp"):
        entries, native = read_native_source(text, facts.kind == "cuda")
        return facts._replace(entries=entries, native=native)
    reader = _READERS.get(facts.kind)
    if facts.kind == "json" and len(text) <= LARGEST_JSON_CHARACTERS:
        reader = read_json
    if reader is None or (facts.kind not in _ALWAYS_READ and not _is_worth_reading(facts, text)):
        return facts
    try:
        return facts._replace(entries=reader(text))
    except MalformedFileError as error:
        raise FileProblemError("malformed", error.reason, error.line) from None


def _is_worth_reading(facts: FileFacts, text: str) -> bool:
    return mentions_accelerator(text) or facts.path.endswith(("pyproject.toml", "setup.cfg", "Pipfile", "pixi.toml", "cog.yaml"))


def parse(text: str, package_parts: tuple[str, ...], is_notebook: bool = False) -> PythonFacts:
    """Facts of Python source; raises the reader's own problem error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the target's invalid escapes are not our user's business
            return read_python(text, package_parts, is_notebook)
    except SyntaxError as error:
        reason = "python-2" if PYTHON_2.search(text) else "syntax-error"
        raise FileProblemError(reason, error.msg, error.lineno or 0) from None
    except ValueError as error:
        raise FileProblemError("syntax-error", str(error)) from None
    except (RecursionError, MemoryError):
        raise FileProblemError("too-deep", "nested too deeply to be parsed") from None


def package_parts_of(path: str) -> tuple[str, ...]:
    """The folders of a Python file, against which its relative imports are resolved."""
    return tuple(path.split("/")[:-1])


def _read_python_file(facts: FileFacts, text: str) -> FileFacts:
    python = parse(text, package_parts_of(facts.path))
    entries = setup_requirements(text) if facts.path.rsplit("/", 1)[-1] == "setup.py" else ()
    return facts._replace(python=python, entries=entries)


def _read_notebook_file(facts: FileFacts, text: str) -> FileFacts:
    try:
        module, cells, entries, problems = read_notebook(facts.path, text)
    except MalformedFileError as error:
        raise FileProblemError("malformed", error.reason, error.line) from None
    python = parse(module, package_parts_of(facts.path), is_notebook=True)
    return facts._replace(python=python, cells=cells, entries=entries, problems=problems)


def setup_requirements(text: str) -> tuple[Entry, ...]:
    """Requirements in a setup.py, by reading only: strings in lists that are given or assigned to a telling name."""
    entries = []
    for node in ast.walk(ast.parse(text)):
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
    found = []
    for item in node.elts:
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            span = Span(item.lineno, item.col_offset + 1, item.end_lineno or item.lineno, (item.end_col_offset or 0) + 1)
            entry = requirement_entry(item.value, span)
            if entry:
                found.append(entry)
    return found
