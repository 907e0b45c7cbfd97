"""Some files of a repository as a program: of all others only those are read whose values somebody asks for.

What only the rest of the repository could tell stays unknown: who calls a function with what, and which names an
imported module passes on. So it is for a quick look at a few files, with the whole program as the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from analyzer.link.modules import CONVENTIONAL_ROOTS, PROJECT_FILES, Modules
from analyzer.link.program import Program, attributes_of, imported_names, index_bindings, link, methods_of
from analyzer.model.facts import FileFacts

MOST_MODULES_READ = 64
"""How many further modules one look may read."""

Exists = Callable[[str], bool]
"""Whether the repository has a regular file, or a folder, of this path."""


def link_partial(facts: Iterable[FileFacts], exists: Exists, read: Callable[[str], FileFacts | None]) -> Program:
    """Link the files that were named; `read` gives the facts of a further one, None where it is not to be analysed."""
    program = link(facts, ProbedModules(exists))
    files, bindings = dict(program.files), dict(program.bindings)
    imported, methods, attributes = dict(program.imported), dict(program.methods), dict(program.attributes)
    asked: set[str] = set(files)

    def read_module(path: str) -> None:
        if path in asked or len(asked) - len(program.files) >= MOST_MODULES_READ:
            return
        asked.add(path)
        found = read(path)
        if found is not None and found.python is not None:
            files[path] = found
            bindings[path] = index_bindings(found.python.bindings)
            imported[path] = imported_names(found.python)
            methods.update(methods_of({path: found.python}))
            attributes.update(attributes_of({path: found.python}, bindings))

    return program._replace(
        files=files, bindings=bindings, imported=imported, methods=methods, attributes=attributes, read_module=read_module
    )


class ProbedModules(Modules):
    """The modules of a repository whose files were not listed: each is looked for when its name comes up.

    The source roots are those of `ModuleIndex`, but for project folders that are not above the importing file.
    """

    def __init__(self, exists: Exists) -> None:
        self.exists = exists
        self.known: dict[str, bool] = {}
        self.found: dict[tuple[str, str], str | None] = {}
        """(folder, dotted name) -> the path that it means below this folder."""
        self.tops: dict[tuple[str, str], bool] = {}
        """(folder of the importer, first word of a name) -> whether a module or folder has that name."""
        self.splits: dict[tuple[str, str], tuple[str, tuple[str, ...]] | None] = {}
        """Answers of `split`, by what it was asked."""

    def has(self, path: str) -> bool:
        """Whether there is such a file or folder; asked of the repository once."""
        if path not in self.known:
            self.known[path] = self.exists(path)
        return self.known[path]

    def may_be_ours(self, name: str) -> bool:
        """Always: which folders there are is not known."""
        return True

    def shown_name(self, path: str) -> str:
        """The dotted name of a module from the root."""
        return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def split(self, dotted: str, importer: str) -> tuple[str, tuple[str, ...]] | None:
        """As for all modules, once it is known that the first word of the name is that of a module or folder."""
        key = (importer.rpartition("/")[0], dotted.partition(".")[0])
        if key not in self.tops:
            self.tops[key] = self.has_module(*key)
        if not self.tops[key]:
            return None
        asked = (dotted, importer)
        if asked not in self.splits:
            self.splits[asked] = super().split(dotted, importer)
        return self.splits[asked]

    def has_module(self, folder: str, top: str) -> bool:
        """Whether there is a module or a folder of this name where one is looked for from a folder."""
        around = (*_folders_above(f"{folder}/" if folder else "/"), *CONVENTIONAL_ROOTS)
        stems = (f"{root}/{top}" if root else top for root in around)
        return any(self.has(stem) or self.has(f"{stem}.py") for stem in stems)

    def find(self, name: str, importer: str) -> str | None:
        """The path of the module with a dotted name; the nearest source root above the importing file wins."""
        for folder in (*_folders_above(importer), *CONVENTIONAL_ROOTS):
            key = (folder, name)
            if key not in self.found:
                self.found[key] = self.below(folder, name)
            found = self.found[key]
            if found is not None and found != importer:
                return found
        return None

    def below(self, folder: str, name: str) -> str | None:
        """The path that a dotted name means where a folder is a source root."""
        stem = f"{folder}/{name.replace('.', '/')}" if folder else name.replace(".", "/")
        around = stem.rpartition("/")[0]
        if around and not self.has(around):
            return None
        path = next((path for path in (f"{stem}/__init__.py", f"{stem}.py") if self.has(path)), None)
        return path if path is not None and self.is_root(folder, path) else None

    def is_root(self, folder: str, path: str) -> bool:
        """Whether Python would find a module from a folder: no package itself, unless it holds a project."""
        if not folder or folder.rpartition("/")[2] in CONVENTIONAL_ROOTS:
            return True
        inner = next(_folders_above(path))
        while inner and self.has(f"{inner}/__init__.py"):
            inner = inner.rpartition("/")[0]
        return inner == folder or any(self.has(f"{folder}/{name}") for name in PROJECT_FILES)


def _folders_above(path: str) -> Iterator[str]:
    """The folders around a file, from the innermost to the root ("")."""
    while path:
        path = path.rpartition("/")[0]
        yield path
