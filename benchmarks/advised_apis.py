"""Every Python name that advice gives, looked up in the package it is of.

usage: advised_apis.py write OUT.csv [--source PACKAGE=FOLDER ...] [--torch VERSION=FOLDER ...]
                                     [--documents OWNER/NAME=REPOSITORY ...]

Run `write` with the Python of an environment that has the packages; `tomli` is all it needs besides. A package is imported; where
that fails, as a build for other hardware does, its installed source is read instead. `--source` names folders with packages that
do not fit the others: they are read only. Names of packages that cannot be installed are looked for in public repositories, given
as git directories. `--torch` names folders with the Python files of torch releases, oldest first, to tell since when a name is
there. `advised_apis.toml` says which abbreviations stand for what, and what looks like a name and is none. CONTRIBUTING.md tells
how the checked-in table was made.
"""

from __future__ import annotations

import ast
import csv
import datetime
import importlib
import importlib.metadata
import re
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import tomli

RULES = Path(__file__).parents[1] / "rules"
SETTINGS = Path(__file__).with_suffix(".toml")
RESULTS = Path(__file__).with_suffix(".csv")
MARKED_KEYS = frozenset({"advice", "replacement", "note", "keeps_open", "ties_you_to", "summary", "text"})
"""Texts in which code stands between backquotes."""
CODE_KEYS = frozenset({"to", "rewrite", "instead"})
"""Texts in which it stands without them."""
NOT_ADVICE = ("lifecycle", "packages", "prices", "scenarios")
"""Folders that tell what was announced or costs, not what to write."""
CODE = re.compile(r"`([^`]+)`")
DOTTED = re.compile(r"(?<![\w./@:-])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?![\w/-]|\.\w)")
DEEPEST_IMPORT = 8
FIELDS = ("name", "package", "version", "found", "how", "since", "source", "as_of")


class Settings(NamedTuple):
    """`advised_apis.toml`."""

    aliases: Mapping[str, str]
    not_python: Mapping[str, str]
    unchecked: Mapping[str, str]
    """Names that nothing here can check, each with the reason."""
    distributions: Mapping[str, str]
    documents: Mapping[str, str]
    """By first words of a name: the public repository whose files show it."""


def load_settings() -> Settings:
    """Read the file beside this one."""
    values = tomli.loads(SETTINGS.read_text(encoding="utf-8"))
    return Settings(values["aliases"], values["not_python"], values["unchecked"], values["distributions"], values["documents"])


def advised_names(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Each full name in the advice of all rules and targets, with the places (`file: key`) that give it."""
    found: dict[str, dict[str, None]] = {}
    for place, text in advice_texts():
        for name in names_in(text, settings):
            found.setdefault(name, {})[place] = None
    return {name: tuple(places) for name, places in sorted(found.items())}


def advice_texts() -> Iterator[tuple[str, str]]:
    """(place, code) of all advice: what stands in backquotes, or the whole where the text is code."""
    for path in sorted(RULES.rglob("*.toml")):
        inside = path.relative_to(RULES)
        if inside.parts[0] in NOT_ADVICE or (inside.parts[0] == "operators" and inside.name != "patterns.toml"):
            continue
        for key, text in _texts(tomli.loads(path.read_text(encoding="utf-8")), ""):
            last = key.rpartition(".")[2]
            place = f"{inside.as_posix()}: {key}"
            if last in MARKED_KEYS:
                yield from ((place, code) for code in CODE.findall(text))
            elif last in CODE_KEYS:
                yield place, text


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            own = str(inner.get("id", index)) if isinstance(inner, dict) else str(index)
            yield from _texts(inner, f"{key}[{own}]")
    elif isinstance(value, str):
        yield key, value


def names_in(code: str, settings: Settings) -> Iterator[str]:
    """The full dotted names in a piece of code."""
    for name in DOTTED.findall(code):
        if name in settings.not_python:
            continue
        yield in_full(name, settings)


def in_full(name: str, settings: Settings) -> str:
    """A name without abbreviations; the longest one that it begins with counts."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        head = ".".join(parts[:length])
        if head in settings.aliases:
            return ".".join([settings.aliases[head], *parts[length:]])
    return name


# ---- looking up ------------------------------------------------------------------------------------------------------


class Answer(NamedTuple):
    """What was found out about a name."""

    found: bool
    how: str
    version: str
    source: str


def imported(name: str) -> bool | None:
    """Whether a name is there in the installed packages; None where its package cannot be imported."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        module_name = ".".join(parts[:length])
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not module_name.startswith(error.name):
                return None
            continue
        except Exception:  # noqa: BLE001 - a package can fail in any way where its hardware or a neighbour is missing
            return None
        try:
            reduce(getattr, parts[length:], module)
        except AttributeError:
            return False
        except Exception:  # noqa: BLE001 - as above: a lazy module imports here
            return None
        return True
    return None


class SourceTree:
    """The Python files of installed packages, read and never run."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = tuple(folders)
        self.names: dict[Path, dict[str, str]] = {}

    def module(self, dotted: str) -> Path | None:
        """The file of a module."""
        for folder in self.folders:
            base = folder.joinpath(*dotted.split("."))
            for path in (base / "__init__.py", base.with_suffix(".py"), base / "__init__.pyi", base.with_suffix(".pyi")):
                if path.is_file():
                    return path
            if base.is_dir() and any(base.glob("*.py")):
                return base
        return None

    def has(self, name: str, depth: int = 0) -> bool:
        """Whether a dotted name is a module, or is defined at the top of one, by way of imports too."""
        if self.module(name) is not None:
            return True
        owner, _, last = name.rpartition(".")
        if not owner or depth > DEEPEST_IMPORT:
            return False
        path = self.module(owner)
        if path is None or path.is_dir():
            return self.member(owner, last, depth)
        defined = self.defined(path, owner)
        if last in defined:
            return True
        return any(self.has(f"{module}.{last}", depth + 1) for key, module in defined.items() if key.startswith("*"))

    def member(self, owner: str, last: str, depth: int) -> bool:
        """Whether a class at the top of a module has a member of a name."""
        module, _, class_name = owner.rpartition(".")
        path = self.module(module) if module else None
        if path is None or path.is_dir():
            return False
        tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name == class_name:
                return any(last in _bound(inner) for inner in node.body)
        if depth > DEEPEST_IMPORT:
            return False
        names = self.defined(path, module)
        if class_name in names:
            return bool(names[class_name]) and self.member(names[class_name], last, depth + 1)
        stars = [origin for key, origin in names.items() if key.startswith("*")]
        return any(self.member(f"{origin}.{class_name}", last, depth + 1) for origin in stars)

    def defined(self, path: Path, module: str) -> dict[str, str]:
        """What a module defines or imports at its top, with where it is from; star imports under `*0`, `*1`."""
        if path not in self.names:
            found: dict[str, str] = {}
            package = module if path.name.startswith("__init__") else module.rpartition(".")[0]
            for node in _statements(ast.parse(path.read_text(encoding="utf-8", errors="replace")).body):
                if isinstance(node, ast.ImportFrom):
                    base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                    origin = ".".join([*base, *((node.module,) if node.module else ())])
                    for alias in node.names:
                        found[f"*{len(found)}" if alias.name == "*" else alias.asname or alias.name] = (
                            origin if alias.name == "*" else f"{origin}.{alias.name}"
                        )
                else:
                    found.update(dict.fromkeys(_bound(node), ""))
                    if isinstance(node, ast.Assign) and isinstance(
                        node.value, ast.List
                    ):  # of a lazy module: `__all__` and its parts
                        found.update((str(item.value), "") for item in node.value.elts if isinstance(item, ast.Constant))
            self.names[path] = found
        return self.names[path]


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements, with those of conditions and tries."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try):
                yield from _statements(getattr(node, part, []))


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.Import):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    return []


def version_of(package: str, settings: Settings, folders: Iterable[Path] = ()) -> str:
    """`torch 2.13.0`, or "" where it is neither installed nor in one of some folders."""
    distribution = settings.distributions.get(package, package)
    places = [*sys.path, *map(str, folders)]
    found = next(iter(importlib.metadata.distributions(name=distribution, path=places)), None)
    return f"{distribution} {found.version}" if found else ""


def shown_in(name: str, settings: Settings, repositories: Mapping[str, Path]) -> Answer | None:
    """Where a public repository shows a name whose package cannot be installed: its full name, or its end after an import."""
    for prefix, repository in settings.documents.items():
        if not name.startswith(prefix) or repository not in repositories:
            continue
        git = ["git", "-C", str(repositories[repository])]
        commit = subprocess.run(
            [*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        owner, _, last = name.rpartition(".")
        base, _, middle = owner.rpartition(".")
        short = [f"{alias}{name.removeprefix(full)}" for alias, full in settings.aliases.items() if name.startswith(f"{full}.")]
        forms = (
            "|".join(re.escape(form) + r"\b" for form in (name, *short)),
            rf"(from {re.escape(owner)} import .*\b{last}\b|^(def|class) {last}\b.*)",
            rf"(from {re.escape(base)} import .*\b{middle}\b)" if base else "",
        )
        for form in forms:
            if form and (files := _git_grep(git, form)):
                return Answer(True, "shown in public source", "", f"{repository}@{commit}:{files[0]}")
        return Answer(False, "not in public source", "", f"{repository}@{commit}")
    return None


def _git_grep(git: list[str], pattern: str) -> list[str]:
    done = subprocess.run([*git, "grep", "-lP", pattern, "HEAD"], capture_output=True, text=True, check=False)
    return sorted(line.partition(":")[2] for line in done.stdout.splitlines())


def look_up(name: str, settings: Settings, tree: SourceTree, repositories: Mapping[str, Path]) -> Answer:
    """What can be found out about a name: by import, else by reading the installed source, else in a public repository."""
    shown = shown_in(name, settings, repositories)
    if shown is not None:
        return shown
    package = name.partition(".")[0]
    version = version_of(package, settings, tree.folders)
    here = imported(name)
    if here is not None:
        return Answer(here, "imported", version or f"Python {sys.version.split()[0]}", "installed package")
    if version:
        return Answer(tree.has(name), "source read", version, "installed package")
    return Answer(False, "not installed", "", "")


def first_release(name: str, releases: list[tuple[str, SourceTree]]) -> str:
    """The first of several releases from which on a name is there; "" where it is in all, or cannot be told from source."""
    there = [version for version, tree in releases if tree.has(name)]
    if releases[-1][1].module(name.rpartition(".")[0]) is None:
        return ""  # a member of a class, which may have been made elsewhere than in Python before
    if not there or there[0] == releases[0][0] or there != [version for version, _ in releases][-len(there) :]:
        return ""
    return there[0]


def write(out: Path, torch_folders: dict[str, Path], repositories: dict[str, Path], folders: Iterable[Path]) -> int:
    """Look up every name and write the table. Prints those that were not found."""
    warnings.simplefilter("ignore")
    settings = load_settings()
    installed = sorted({*sys.path, sysconfig.get_path("purelib")})
    tree = SourceTree([*(Path(path) for path in installed if path.endswith("site-packages")), *folders])
    releases = [(version, SourceTree([folder])) for version, folder in torch_folders.items()]
    today = datetime.date.today().isoformat()
    rows = []
    for name in advised_names(settings):
        answer = look_up(name, settings, tree, repositories)
        since = first_release(name, releases) if releases and name.startswith("torch.") else ""
        package = name.partition(".")[0]
        found = "yes" if answer.found else "no"
        since = f"torch {since.removesuffix('.0')}" if since else ""
        rows.append((name, package, answer.version, found, answer.how, since, answer.source, today))
        if not answer.found and name not in settings.unchecked:
            print(f"not found: {name} ({answer.how})")
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(rows)
    print(f"{len(rows)} names, {sum(row[3] == 'yes' for row in rows)} found")
    return 0


def main() -> int:
    """Read the arguments."""
    arguments = sys.argv[1:]
    if len(arguments) < 2 or arguments[0] != "write":
        print(__doc__)
        return 2
    given: dict[str, dict[str, Path]] = {"--torch": {}, "--documents": {}, "--source": {}}
    for option, value in zip(arguments[2::2], arguments[3::2], strict=True):
        key, _, path = value.partition("=")
        given[option][key] = Path(path)
    return write(Path(arguments[1]), given["--torch"], given["--documents"], given["--source"].values())


if __name__ == "__main__":
    sys.exit(main())
