"""Compiled extensions, the operators that they register, kernels, CUDA libraries and what builds them."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.graph.code_part import CodePart, worst
from analyzer.graph.draft import Draft
from analyzer.link.extension_calls import ExtensionReader
from analyzer.link.extensions import NativeSymbol
from analyzer.link.program import Program
from analyzer.model.facts import External, PythonFacts, Text, Use
from analyzer.model.finding import Finding
from analyzer.model.graph import GraphNode
from analyzer.model.kernels import ExtensionModule, Kernel, KernelInventory

_CALLING = ("call", "read", "launch")
SHORTEST_NAME = 6
"""Letters of an operator's name that, as text, means the operator and nothing else."""
_CMAKE_TARGETS = frozenset({"add_library", "add_executable", "cuda_add_library", "cuda_add_executable", "pybind11_add_module",
                            "python_add_library", "nanobind_add_module", "torch_library_target"})  # fmt: skip


class NativePart:
    """Adds what is compiled, and the calls of Python code into it."""

    def __init__(self, program: Program, draft: Draft, inventory: KernelInventory, reader: ExtensionReader, code: CodePart) -> None:
        self.program = program
        self.draft = draft
        self.inventory = inventory
        self.reader = reader
        self.code = code

    def add(self, findings: Mapping[str, list[Finding]]) -> None:
        """What there is."""
        for extension in self.inventory.extensions:
            self.add_extension(extension, findings)
        for kernel in self.inventory.kernels:
            self.add_kernel(kernel, findings)
        self.add_build_files(findings)

    def add_calls(self) -> None:
        """Each import of an extension and each call of something registered."""
        for path, python in self.program.python_files() if self.inventory.extensions else ():
            self.add_imports(path, python)
            for use in python.uses:
                symbol = self.symbol(path, use) if use.kind in _CALLING else None
                if symbol is not None and not symbol.name.startswith("__"):
                    self.add_call(self.code.source_of(path, use.scope, use.guard), symbol, path, use)

    def add_call_sites(self) -> None:
        """The modules that import extensions or call kernels, the latter as the inventory has them, or define one in Python."""
        for path, python in self.program.python_files() if self.inventory.extensions else ():
            self.add_imports(path, python)
        for kernel in self.inventory.kernels:
            for site in kernel.call_sites:
                self.draft.connect(f"module:{site.path}", f"kernel:{kernel.id}", "launches", site.path, site.line)
            for kind in ("contains", "defines"):  # without its functions a module stands for what is in it
                self.draft.connect(f"module:{kernel.path}", f"kernel:{kernel.id}", kind, kernel.path, kernel.line)

    # ---- what there is -----------------------------------------------------------------------------------------------

    def add_extension(self, extension: ExtensionModule, findings: Mapping[str, list[Finding]]) -> None:
        """An extension with its operators, its libraries and the place that builds it."""
        own = [found for found in findings.get(extension.path, ()) if found.span.line == extension.line]
        node = self.draft.add(
            GraphNode(
                f"extension:{extension.name}", "extension", extension.name, extension.path, extension.line, len(own),
                "major" if extension.is_cuda else worst(own), detail=extension.kind,
            )
        )  # fmt: skip
        for symbol in extension.symbols:
            operator = f"operator:{extension.name}.{symbol}"
            self.draft.add(GraphNode(operator, "operator", f"{extension.name}.{symbol}", extension.path, extension.line))
            self.draft.connect(node, operator, "registers", extension.path, extension.line)
        for library in extension.libraries:
            self.draft.connect(node, self.library(library), "links", extension.path, extension.line)
        facts = self.program.files.get(extension.path)
        if facts is not None and facts.native is None and extension.kind == "module":
            target = f"build-target:{extension.path}:{extension.line}"
            self.draft.add(GraphNode(target, "build-target", extension.name, extension.path, extension.line))
            self.draft.connect(target, node, "builds", extension.path, extension.line)

    def library(self, name: str) -> str:
        """The id of a CUDA library."""
        return self.draft.add(GraphNode(f"cuda-library:{name}", "cuda-library", name, "", 0))

    def add_named(self) -> None:
        """Calls of functions of ours that are given the name of a registered operator as text: `get_operator("sparse_apply")`."""
        operators: dict[str, list[str]] = {}
        for extension in self.inventory.extensions:
            for symbol in extension.symbols if extension.kind == "operators" else ():
                if len(symbol) >= SHORTEST_NAME:
                    operators.setdefault(symbol, []).append(f"operator:{extension.name}.{symbol}")
        for path, python in self.program.python_files() if operators else ():
            for use in python.uses:
                texts = [argument.value.text for argument in use.arguments if isinstance(argument.value, Text)]
                if not texts or not self.code.may_be_function(path, use.target):
                    continue
                for target in [target for text in texts for target in operators.get(text.rpartition("::")[2], ())]:
                    source = self.code.source_of(path, use.scope, use.guard) if self.code.with_calls else f"module:{path}"
                    has_other_way = self.code.passes(path, use.guard)
                    self.draft.connect(source, target, "calls", path, use.span.line, "named", has_other_way)

    def add_kernel(self, kernel: Kernel, findings: Mapping[str, list[Finding]]) -> None:
        """A kernel; where no registered name is known to lead to it, the whole of its extension does."""
        last = kernel.line + max(kernel.lines - 1, 0)
        own = [found for found in findings.get(kernel.path, ()) if kernel.line <= found.span.line <= last]
        node = self.draft.add(
            GraphNode(
                f"kernel:{kernel.id}", "kernel", kernel.name or kernel.path, kernel.path, kernel.line, len(own), "blocker",
                detail=kernel.language,
            )
        )  # fmt: skip
        for symbol in kernel.symbols:
            self.draft.connect(f"operator:{symbol}", node, "launches", kernel.path, kernel.line)
        for extension in () if kernel.symbols else kernel.extensions:
            self.draft.connect(f"extension:{extension}", node, "contains", kernel.path, kernel.line)
        for library in kernel.libraries:
            self.draft.connect(node, self.library(library), "links", kernel.path, kernel.line)
        if kernel.language == "cuda-string":
            self.draft.connect(f"module:{kernel.path}", node, "contains", kernel.path, kernel.line)

    def add_build_files(self, findings: Mapping[str, list[Finding]]) -> None:
        """Targets of CMake files, and the extensions of the same name that they build."""
        extensions = {item.name.rpartition(".")[2]: f"extension:{item.name}" for item in self.inventory.extensions}
        for path, facts in self.program.files.items():
            if facts.kind != "cmake":
                continue
            for entry in facts.entries:
                if entry.kind != "setting":
                    continue
                words = entry.value.split()
                if entry.name in _CMAKE_TARGETS and words:
                    target = f"build-target:{path}:{words[0]}"
                    own = [found for found in findings.get(path, ()) if found.span.line == entry.span.line]
                    self.draft.add(GraphNode(target, "build-target", words[0], path, entry.span.line, len(own), worst(own)))
                    if words[0] in extensions:
                        self.draft.connect(target, extensions[words[0]], "builds", path, entry.span.line)

    # ---- who uses it -------------------------------------------------------------------------------------------------

    def add_imports(self, path: str, python: PythonFacts) -> None:
        """Imports of extensions, by the module or the function that they stand in."""
        for entry in python.imports:
            name = f"{entry.module}.{entry.name}" if entry.name and entry.name != "*" else entry.module
            if self.reader.may_lead_to_one(name):
                extension = self.reader.extension_of(path, External(name))
                if extension is not None:
                    target = f"extension:{extension.name}"
                    source = self.code.source_of(path, entry.scope, entry.guard) if self.code.with_calls else f"module:{path}"
                    has_other_way = self.code.passes(path, entry.guard)
                    self.draft.connect(source, target, "imports", path, entry.span.line, entry.context, has_other_way)

    def symbol(self, path: str, use: Use) -> NativeSymbol | None:
        """The registered name that a use means."""
        find = self.reader.symbol_in if use.kind == "launch" else self.reader.symbol_of
        symbol = find(path, use.target)
        if symbol is None and use.kind == "call":
            symbol = self.reader.symbol_called(path, use.target, use.arguments)
        return symbol

    def add_call(self, source: str, symbol: NativeSymbol, path: str, use: Use) -> None:
        """A call of an operator; one whose registration was not found is a call into its extension."""
        extension = f"extension:{symbol.extension.name}"
        operator = f"operator:{symbol.extension.name}.{symbol.name}"
        target = operator if operator in self.draft.nodes else extension
        has_other_way = self.code.passes(path, use.guard)
        self.draft.connect(source, target, "calls", path, use.span.line, has_other_way=has_other_way)
