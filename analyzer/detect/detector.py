"""Matches rules against the linked program: which place satisfies which rule, under which guard, from which origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from analyzer.detect.argument_matcher import ArgumentMatcher, shown_class
from analyzer.detect.entry_matcher import READERS_OF_TEXT, EntryMatcher
from analyzer.detect.hit import Hit
from analyzer.detect.patterns import matches_any
from analyzer.detect.rule_index import RuleIndex
from analyzer.forked import share_out
from analyzer.knowledge.rules import RuleBook
from analyzer.link.extensions import Extension, NativeSymbol
from analyzer.link.guards import Guarding
from analyzer.link.program import Program, class_of_self, definition_of
from analyzer.link.readers import Readers
from analyzer.link.values import Flow
from analyzer.model.facts import (
    ELEMENT,
    Called,
    Choice,
    External,
    FileFacts,
    Import,
    Item,
    Local,
    Member,
    PythonFacts,
    Use,
    Value,
)
from analyzer.model.finding import Origin
from analyzer.model.rule import Rule
from analyzer.model.span import Span

MOST_BASES = 8
USES_OF_A_PART = 5000
"""Less is matched in less time than it takes to share it out, and what several files ask for is found once for a part."""
_CALL_KINDS = ("call", "launch")
_NATIVE_KINDS = ("call", "read", "launch")
_METHOD_KINDS = ("call", "read", "write")
_NAMED_KINDS = ("call", "decorator", "base")
_ELEMENT_KINDS = ("index", "put")
"""No rule is about elements: their keys are no arguments."""


class Detector:
    """Indexes the rules once, then reads every file's facts."""

    def __init__(self, program: Program, book: RuleBook) -> None:
        self.program = program
        self.readers = Readers(program)
        self.guards, self.values, self.types = self.readers.guards, self.readers.values, self.readers.types
        self.kernels, self.extensions = self.readers.kernels, self.readers.extensions
        self.own_methods = frozenset(
            python.scopes[index].qualified_name.rpartition(".")[2]
            for path, python in program.python_files()
            for index, scope in enumerate(python.scopes)
            if scope.kind == "function" and scope.parent >= 0 and python.scopes[scope.parent].kind == "class"
        )
        """The names of all methods that classes of ours define."""
        self.rules = RuleIndex(book)
        self.entries = EntryMatcher(self.rules, self.guards, self.types)
        self.arguments = ArgumentMatcher(self.rules, self.values, self.types)
        self.known_names: dict[tuple[str, str], bool] = {}
        self.known_callables: dict[tuple[str, ...], tuple[tuple[Rule, str], ...]] = {}
        self.has_callable_objects = bool(self.rules.named("method", "__call__"))
        self.given_up_elsewhere: set[str] = set()
        """What other processes gave up on."""

    # ---- files -------------------------------------------------------------------------------------------------------

    def hits(self, workers: int = 1) -> list[Hit]:
        """Every hit of the program, each (rule, place) once, sorted by place and rule; found by that many processes.

        Files are looked at in parts that no number of processes changes, each part with nothing remembered of others.
        """
        parts = even_parts(self.program.files)
        found: dict[tuple[str, Span, str], Hit] = {}
        for hits, gave_up in share_out([partial(self.hits_of, part) for part in parts], workers):
            self.given_up_elsewhere.update(gave_up)
            for hit in hits:
                key = (hit.path, hit.span, hit.rule.id)
                known = found.get(key)
                if known is None or _loudness(hit) > _loudness(known):
                    found[key] = hit
        self.readers.forget_answers()
        return [found[key] for key in sorted(found)]

    def hits_of(self, paths: Iterable[str]) -> tuple[list[Hit], set[str]]:
        """Every hit in a part of the files, and the files in which something leads on further than is followed."""
        hits: list[Hit] = []
        self.readers.forget_answers()
        for path in paths:
            facts = self.program.files[path]
            if facts.python is not None:
                hits.extend(self.python_hits(path, facts.python))
            hits.extend(self.entries.file_hits(path, facts))
        return hits, self.gave_up()

    def gave_up(self) -> set[str]:
        """The files in which something leads on further than is followed."""
        here = self.values.gave_up | self.guards.gave_up | self.extensions.gave_up | self.program.gave_up
        return here | self.given_up_elsewhere

    def python_hits(self, path: str, python: PythonFacts) -> Iterator[Hit]:
        """Hits of a Python module."""
        for entry in python.imports:
            yield from self.import_hits(path, entry)
        inside = self.kernels.inside.get(path, frozenset())
        for use in python.uses:
            if use.kind not in _ELEMENT_KINDS and use.scope not in inside:  # what stands in a kernel's body is part of the kernel
                yield from self.use_hits(path, python, use)
        for literal in python.literals:
            yield from self.entries.literal_hits(path, python, literal)
        if "assign" in self.rules.by_name:
            yield from self.entries.assignment_hits(path, python)

    # ---- imports -----------------------------------------------------------------------------------------------------

    def import_hits(self, path: str, entry: Import) -> Iterator[Hit]:
        """An import of something outside; a pattern also matches everything below it, and so does what it is not to match."""
        name = f"{entry.module}.{entry.name}" if entry.name and entry.name != "*" else entry.module
        if self.extensions.has_cuda and (extension := self.imported_extension(path, entry, name)):
            guard = self.guards.guarding_in(path, entry.guard, entry.scope)
            yield from self.extension_hits(path, "import", entry.span, entry.span, extension, guard)
            return
        if entry.level or self.program.modules.split(entry.module, path) is not None:
            return
        guard = self.guards.guarding_in(path, entry.guard, entry.scope)
        if entry.context == "type-checking":
            guard = guard if guard.words else Guarding(f"only read by type checkers, line {entry.span.line}", True)
        seen: set[str] = set()
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            for rule, match in self.rules.named("import", ".".join(parts[:length])):
                if rule.id not in seen and not matches_any(name, match.unless):
                    seen.add(rule.id)
                    yield Hit(rule, path, entry.span, entry.span, name, guard, False, None)

    def imported_extension(self, path: str, entry: Import, name: str) -> NativeSymbol | None:
        """The CUDA extension, or symbol of one, that an import brings in; also through a module that only binds them."""
        if not self.extensions.may_lead_to_one(name):
            return None
        extension: Extension | None = self.extensions.extension_of(path, External(name))
        symbol = NativeSymbol(extension, "") if extension else self.extensions.symbol_of(path, External(name))
        if symbol is None and not entry.name:
            module = self.program.modules.find(name, path)
            if module and self.extensions.is_binding_module(module):
                symbol = NativeSymbol(Extension(name, True, False, module, 1, ()), "")
        return symbol if symbol and symbol.extension.is_cuda else None

    def extension_hits(
        self, path: str, role: str, span: Span, statement: Span, symbol: NativeSymbol, guard: Guarding
    ) -> Iterator[Hit]:
        """Hits of the rules about compiled extensions."""
        for rule, match in self.rules.extension_rules:
            if role in match.roles:
                name = f"{symbol.extension.name}.{symbol.name}" if symbol.name else symbol.extension.name
                yield Hit(rule, path, span, statement, name, guard, False, None, symbol if symbol.name else None)

    # ---- uses --------------------------------------------------------------------------------------------------------

    def use_hits(self, path: str, python: PythonFacts, use: Use) -> Iterator[Hit]:
        """A mention of a name or attribute."""
        statement = python.statements[use.statement]
        kind = use.kind
        if self.extensions.has_cuda and kind in _NATIVE_KINDS:
            native = list(self.native_call_hits(path, use, statement))
            if native:  # a module of ours, whatever library has one of the same name
                yield from native
                return
        name, is_method = "", kind in _METHOD_KINDS
        for target in use.target.options if type(use.target) is Choice else (use.target,):
            if isinstance(target, External):
                name = self.types.outside(path, target)
                if not name:
                    yield from self.own_object_method_hits(path, use, target, statement)
                elif self.is_spoken_of(kind, name):
                    yield from self.name_hits(path, use, name, statement)
            elif (
                is_method
                and isinstance(target, Local | Member)
                and target.attributes
                and self.rules.named("method", target.attributes[-1])
            ):
                yield from self.method_hits(path, use, target, statement)
        if kind in _CALL_KINDS:
            if self.has_callable_objects and isinstance(use.target, Local | Member | Item | Called):
                yield from self.object_call_hits(path, use, use.target, statement)
            if self.kernels.decorated:
                yield from self.kernel_hits(path, use, statement)
        if use.arguments:
            yield from self.argument_hits(path, use, statement)
            if name in READERS_OF_TEXT and isinstance(use.target, External):
                yield from self.entries.runner_hits(path, use, name, statement)

    def is_spoken_of(self, kind: str, name: str) -> bool:
        """Whether any rule is about a name from outside in such a use. Few names are, so that is asked first."""
        key = (kind, name)
        known = self.known_names.get(key)
        if known is None:
            spoken_of = bool(self.rules.named("use", name) or (kind in _NAMED_KINDS and self.rules.named(kind, name)))
            known = self.known_names[key] = spoken_of
        return known

    def native_call_hits(self, path: str, use: Use, statement: Span) -> Iterator[Hit]:
        """A call into a compiled CUDA extension, or of a function of ours that hands out what calls into it."""
        find = self.extensions.symbol_in if use.kind == "launch" else self.extensions.symbol_of
        symbol = find(path, use.target)
        if symbol is None and use.kind == "call":
            symbol = self.extensions.symbol_called(path, use.target, use.arguments)
        if symbol is None or not symbol.extension.is_cuda or symbol.name.startswith("__"):
            return
        reach = self.extensions.index.reach_of(symbol)
        if reach.is_host_only:
            return  # plain C++ that was built into the same module
        guard = self.guards.guarding_in(path, use.guard, use.scope)
        if reach.host_way and not guard.has_other_way:
            way = (
                "an implementation for the CPU is registered" if reach.host_way == "CPU" else f"{reach.host_way} does it on the CPU"
            )
            guard = Guarding(f"the extension has another way: {way}", True)
        yield from self.extension_hits(path, "call", use.span, statement, symbol, guard)

    def hit(self, rule: Rule, path: str, use: Use, statement: Span, symbol: str, flow: Flow | None = None) -> Hit:
        """A hit of a use, with its guard and the origin of the value that decided."""
        guard = self.guards.guarding_in(path, use.guard, use.scope)
        if flow is None:
            return Hit(rule, path, use.span, statement, symbol, guard, False, None)
        origin = Origin(flow.path, flow.line) if flow.line else None
        if flow.guarded and not guard.has_other_way:
            guard = Guarding("the value is one of several, chosen by a check", True)
        via = tuple(Origin(*step) for step in flow.via)
        return Hit(rule, path, use.span, statement, symbol, guard, flow.overridable, origin, via=via)

    def name_hits(self, path: str, use: Use, name: str, statement: Span) -> Iterator[Hit]:
        """Rules about imported names; an extension that is built of C++ alone is no tie."""
        mentioned = self.rules.named("use", name)
        called = self.rules.named(use.kind, name) if use.kind in _NAMED_KINDS else ()
        if not (mentioned or called) or (use.kind == "call" and self.extensions.index.is_host_build(path, use, name)):
            return
        for rule, match in mentioned:
            if _role(use) in match.roles or (not match.roles and use.kind != "test"):
                yield self.hit(rule, path, use, statement, name)
        for rule, match in called:
            flow = self.arguments.deciding_flow(path, use, match) if match.arguments else None
            if flow is not None or not match.arguments:
                yield self.hit(rule, path, use, statement, name, flow)

    def method_hits(self, path: str, use: Use, target: Local | Member, statement: Span) -> Iterator[Hit]:
        """Rules about methods and attributes of objects."""
        matched = self.rules.named("method", target.attributes[-1])
        if isinstance(target, Local):
            receiver: Value = Local(target.scope, target.name, target.attributes[:-1])
        else:
            receiver = Member(target.owner, target.attributes[:-1]) if len(target.attributes) > 1 else target.owner
        made_by = self.types.types_of(path, receiver)
        for rule, match in matched:
            if match.roles and _role(use) not in match.roles:
                continue
            if match.receivers:
                owner = next((name for name in made_by if matches_any(name, match.receivers)), None)
                if owner is None or (not owner and not self.imports_any(path, match.receivers)):
                    continue
            elif self.may_be_tensor_like(path, target, receiver, made_by):
                owner = shown_class(next(filter(None, made_by), ""))
            else:
                continue
            flow = self.arguments.deciding_flow(path, use, match) if match.arguments else None
            if flow is not None or not match.arguments:
                yield self.hit(rule, path, use, statement, f"{owner or 'object'}.{target.attributes[-1]}", flow)

    def imports_any(self, path: str, receivers: tuple[str, ...]) -> bool:
        """Whether a module imports a package of the receivers: only then may an unknown object be one of them."""
        packages = {name.partition(".")[0] for name in receivers if name}
        names = self.program.imported[path].values()
        return any(self.types.outside_name(path, name).partition(".")[0] in packages for name in names)

    def object_call_hits(self, path: str, use: Use, target: Local | Member | Item | Called, statement: Span) -> Iterator[Hit]:
        """Calls and launches of an object whose maker is known: `kernel = cupy.RawKernel(...)`, `kernel(grid, block, ...)`."""
        if isinstance(target, Local) and definition_of(self.program, path, target):
            return
        called = Member(target, (ELEMENT,)) if use.kind == "launch" else target  # `kernels["scale"](...)`
        made_by = self.types.types_of(path, called)
        known = self.known_callables.get(made_by)
        if known is None:
            known = self.known_callables[made_by] = tuple(self.rules_about_calling(made_by))
        for rule, owner in known:
            yield self.hit(rule, path, use, statement, owner)

    def rules_about_calling(self, made_by: tuple[str, ...]) -> Iterator[tuple[Rule, str]]:
        """The rules about calls of what one of some makers made, with that maker."""
        for rule, match in self.rules.named("method", "__call__"):
            owner = next((name for name in made_by if matches_any(name, match.receivers)), None)
            if owner is not None:
                yield rule, owner

    def kernel_hits(self, path: str, use: Use, statement: Span) -> Iterator[Hit]:
        """The launch, or call, of a Python function of ours that a decorator or a call made a kernel."""
        kernel = self.kernels.kernel_of(path, use.target)
        if kernel is not None:
            for rule, _ in self.rules.named("launch", self.kernels.decorated[kernel]):
                hit = self.hit(rule, path, use, statement, self.arguments.symbol_of(path, use.target))
                yield hit._replace(bound_to=kernel)

    def own_object_method_hits(self, path: str, use: Use, target: External, statement: Span) -> Iterator[Hit]:
        """`from .models import net` and `net.cuda()`: a method of an object of ours that was imported."""
        found = self.program.modules.split(target.name, path)
        if found is None or len(found[1]) < 2 or use.kind not in _METHOD_KINDS:
            return
        module, attributes = found
        if not self.rules.named("method", attributes[-1]):
            return
        for binding in self.program.bound(module, 0, attributes[0]):
            if binding.kind == "assign":
                yield from self.method_hits(path, use, Member(External(target.name.rpartition(".")[0]), attributes[-1:]), statement)
                return

    def may_be_tensor_like(self, path: str, target: Local | Member, receiver: Value, made_by: tuple[str, ...]) -> bool:
        """Whether an object can have a method of tensors and modules, which most libraries for models return.

        Not where it is known to come from a library without any, nor where one of our own classes defines the method.
        """
        method = target.attributes[-1]
        if isinstance(receiver, Local):
            owner: tuple[str, int] | None = None
            if receiver.attributes == ():
                own_class = class_of_self(self.program.python(path), Local(receiver.scope, receiver.name))
                owner = (path, own_class) if own_class is not None else self.values.class_of(path, receiver)
            if self.defines(owner, method):
                return False
            if self.program.python(path).scopes[receiver.scope].kind == "module" and not receiver.attributes:
                named = definition_of(self.program, path, receiver)
                if named is not None:
                    return False
        elif isinstance(receiver, Called):
            maker = definition_of(self.program, path, receiver.callee)
            if self.defines(maker, method) or (maker is not None and method in self.own_methods):
                return False
        others = self.guards.vocabulary.plain_packages
        return not made_by or any(name.partition(".")[0] not in others or name == "builtins.super" for name in made_by)

    def defines(self, owner: tuple[str, int] | None, method: str) -> bool:
        """Whether a class of ours, given as (path, scope), or a base of it that is ours too, defines a method."""
        for _ in range(MOST_BASES):
            if owner is None:
                return False
            if definition_of(self.program, owner[0], Local(owner[1], method)) is not None:
                return True
            path, scope = owner
            bases = (definition_of(self.program, path, base) for base in self.program.python(path).scopes[scope].bases)
            owner = next((base for base in bases if base is not None and base != (path, scope)), None)
        return False

    def argument_hits(self, path: str, use: Use, statement: Span) -> Iterator[Hit]:
        """Rules about the value of an argument. Few callees take one that matters, so the callee is asked first."""
        decided = self.arguments.deciding_flows(path, use)
        is_ours = bool(decided) and (self.values.definition(path, use.target) is not None or _is_super(use.target))
        for rule, flow in decided:
            hit = self.hit(rule, path, use, statement, self.arguments.symbol_of(path, use.target), flow)
            yield hit._replace(is_passed_on=is_ours and flow.line > 0)


def even_parts(files: Mapping[str, FileFacts]) -> list[list[str]]:
    """The paths of all files in their order, in runs of about `USES_OF_A_PART` uses."""
    weights = {path: 1 + (len(facts.python.uses) if facts.python is not None else 0) for path, facts in files.items()}
    total = max(sum(weights.values()), 1)
    count = max(1, round(total / USES_OF_A_PART))
    parts: list[list[str]] = [[] for _ in range(count)]
    passed = 0
    for path, weight in weights.items():
        parts[passed * count // total].append(path)
        passed += weight
    return parts


def _is_super(target: Value) -> bool:
    """`super().__init__`."""
    return isinstance(target, Member) and isinstance(target.owner, Called) and target.owner.callee == External("builtins.super")


def _role(use: Use) -> str:
    """What a use is to rules: required where the code refuses to go on without it, else its kind."""
    return "required" if use.is_required and use.kind in ("call", "read") else use.kind


def _loudness(hit: Hit) -> tuple[bool, bool]:
    return (not hit.guard.has_other_way, not hit.overridable)
