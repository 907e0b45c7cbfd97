"""Which file an import means: the modules of the repository by every name under which they can be imported."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

CONVENTIONAL_ROOTS = ("src", "python", "lib")
PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})


class Modules(ABC):
    """Which file of the repository a dotted name means."""

    __slots__ = ()

    @abstractmethod
    def may_be_ours(self, name: str) -> bool:
        """Whether some module of ours has the first word of a dotted name."""

    @abstractmethod
    def shown_name(self, path: str) -> str:
        """The dotted name of a module that is shown to people."""

    @abstractmethod
    def find(self, name: str, importer: str) -> str | None:
        """The path of the module with a dotted name, as seen from an importing file; None if it is not ours."""

    def split(self, dotted: str, importer: str) -> tuple[str, tuple[str, ...]] | None:
        """The module that a dotted name starts with, and the attributes after it; the longest module wins."""
        parts = dotted.split(".")
        if not self.may_be_ours(parts[0]):
            return None
        for length in range(len(parts), 0, -1):
            path = self.find(".".join(parts[:length]), importer)
            if path is not None:
                return path, tuple(parts[length:])
        return None


class ModuleIndex(Modules):
    """Modules by (source root, dotted name).

    A *source root* is a folder that Python would put on its path: the repository's root, folders that hold a project
    file, conventional ones such as `src`, and for a script its own folder. A file sees the roots above it and the
    conventional ones, so that `tools/torch.py` does not hide torch from the rest of the repository.
    """

    def __init__(self, by_root: dict[str, dict[str, str]], public: dict[str, tuple[str, ...]], name_of: dict[str, str]) -> None:
        self.by_root = by_root
        """Source root -> dotted name -> path."""
        self.public = public
        """Dotted name -> the paths that it means below the roots that every file sees."""
        self.name_of = name_of
        """Path -> the dotted name shown to people."""
        self.top_names = frozenset(name.partition(".")[0] for names in by_root.values() for name in names)
        """The first words of all dotted names: what starts with another word is not ours."""
        self.known: dict[tuple[str, str], tuple[str, tuple[str, ...]] | None] = {}
        """Answers of `split`, by what it was asked."""

    def may_be_ours(self, name: str) -> bool:
        """Whether the first word of a dotted name is that of any; most are not."""
        return name.partition(".")[0] in self.top_names

    def split(self, dotted: str, importer: str) -> tuple[str, tuple[str, ...]] | None:
        """The module that a dotted name starts with, and the attributes after it; each asked for once."""
        if not self.may_be_ours(dotted):
            return None
        key = (dotted, importer)
        if key not in self.known:
            self.known[key] = super().split(dotted, importer)
        return self.known[key]

    def shown_name(self, path: str) -> str:
        """The dotted name of a module, its path if it has none."""
        return self.name_of.get(path, path)

    def find(self, name: str, importer: str) -> str | None:
        """The path of the module with a dotted name; the nearest source root above the importing file wins."""
        if not self.may_be_ours(name):
            return None
        folder = importer.rpartition("/")[0]
        while True:
            if folder in self.by_root:
                found = self.by_root[folder].get(name)
                if found is not None and found != importer:
                    return found
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        return next((found for found in self.public.get(name, ()) if found != importer), None)


def index_modules(python_paths: Iterable[str], all_paths: Iterable[str], own_name: str = "") -> ModuleIndex:
    """Index the Python files of a repository; `own_name` is the package that its root folder is, if it is one."""
    paths = sorted(python_paths)
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    project_folders = {path.rpartition("/")[0] for path in all_paths if path.rpartition("/")[2] in PROJECT_FILES}
    by_root: dict[str, dict[str, str]] = {}
    name_of: dict[str, str] = {}
    public: set[str] = {""}
    for path in paths:
        folder = path.rpartition("/")[0]
        roots = {"", _nearest_root(folder, packages)}
        roots.update(_project_roots(folder, project_folders))
        for root in roots:
            by_root.setdefault(root, {}).setdefault(_module_name(path, root), path)
        public.update(root for root in roots if root in project_folders or root.rpartition("/")[2] in CONVENTIONAL_ROOTS)
        name_of[path] = _module_name(path, _nearest_root(folder, packages)) if folder in packages else _module_name(path, "")
    if own_name:
        named = by_root.get("", {})
        named.update({(f"{own_name}.{name}" if name else own_name): path for name, path in list(named.items())})
        named.setdefault(own_name, "__init__.py")
    return ModuleIndex(by_root, _public_names(by_root, public), name_of)


def _public_names(by_root: dict[str, dict[str, str]], public: set[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for root in sorted(public & set(by_root)):
        for name, path in by_root[root].items():
            found.setdefault(name, {})[path] = None
    return {name: tuple(paths) for name, paths in found.items()}


def _nearest_root(folder: str, packages: set[str]) -> str:
    while folder in packages and folder:
        folder = folder.rpartition("/")[0]
    return folder


def _project_roots(folder: str, project_folders: set[str]) -> Iterable[str]:
    while folder:
        if folder in project_folders or folder.rpartition("/")[2] in CONVENTIONAL_ROOTS:
            yield folder
        folder = folder.rpartition("/")[0]


def _module_name(path: str, root: str) -> str:
    inside = path[len(root) + 1 :] if root else path
    dotted = inside.removesuffix(".py").removesuffix(".ipynb").replace("/", ".")
    return dotted.removesuffix(".__init__") if dotted.endswith(".__init__") else dotted
