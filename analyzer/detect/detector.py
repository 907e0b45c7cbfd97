"""Matches rules against the linked program: which place satisfies which rule, under which guard, from which origin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analyzer.detect.patterns import PatternIndex, matches_any, matches_path, matches_value, prefix_may_match
from analyzer.facts.instances import instance_entry
from analyzer.facts.lexicon import is_command
from analyzer.facts.requirements import requirement_entry
from analyzer.facts.shell import command_entries
from analyzer.knowledge.rules import RuleBook
from analyzer.link.extension_calls import ExtensionReader
from analyzer.link.extensions import Extension, NativeSymbol
from analyzer.link.guards import NOT_GUARDED, Guarding, GuardReader
from analyzer.link.kernels import KernelReader
from analyzer.link.program import Program, class_of_self, definition_of
from analyzer.link.types import TypeReader
from analyzer.link.values import Flow, ValueFollower
from analyzer.model.facts import (
    ELEMENT,
    Called,
    Choice,
    Constant,
    Entry,
    External,
    FileFacts,
    Import,
    Item,
    Local,
    Member,
    PythonFacts,
    Sequence,
    StringLiteral,
    Text,
    Use,
    Value,
)
from analyzer.model.finding import Origin
from analyzer.model.rule import Match, Rule
from analyzer.model.span import Span

ENVIRONMENT_OBJECTS = frozenset({"os.environ"})
ENVIRONMENT_CALLS = frozenset(
    {
        "os.getenv",
        "os.environ.get",
        "os.environ.setdefault",
        "os.environ.pop",
        "os.putenv",
        "os.unsetenv",
        "decouple.config",
    }
)
PROGRAM_RUNNERS = frozenset(
    {"os.system", "os.popen", "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
     "subprocess.Popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
)  # fmt: skip
ANY_VALUE = ("*",)
"""It is enough that the argument is given."""
MOST_BASES = 8
KERNEL_LIST = "kernels: "
"""How the symbol of a CUDA source begins, followed by the names of its kernels."""
NOTHING = Constant("None")
GIVEN = Flow("", False, "", 0, False, False)
TORCH_DEVICE = External("torch.device")
CASELESS = frozenset({"requirement", "index", "image", "setting", "option", "instance", "locked"})


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that holds at a place; quoting turns it into a finding."""

    rule: Rule
    path: str
    span: Span
    statement: Span
    symbol: str
    guard: Guarding
    overridable: bool
    origin: Origin | None
    bound_to: NativeSymbol | tuple[str, int] | None = None
    """What a call ends in: a symbol of an extension, or a Python kernel as (path, scope)."""
    is_passed_on: bool = False
    """A variable that is only handed to a function of ours: what is done with it there is what counts."""
    via: tuple[Origin, ...] = ()
    """The places that passed the value on, from its origin to here."""


class Detector:
    """Indexes the rules once, then reads every file's facts."""

    def __init__(self, program: Program, book: RuleBook) -> None:
        self.program = program
        self.guards = GuardReader(program)
        self.values = ValueFollower(program, self.guards)
        self.types = TypeReader(program)
        self.kernels = KernelReader(program, self.types)
        self.extensions = ExtensionReader(program, self.values)
        self.extension_rules: list[tuple[Rule, Match]] = []
        self.own_methods = frozenset(
            python.scopes[index].qualified_name.rpartition(".")[2]
            for path, python in program.python_files()
            for index, scope in enumerate(python.scopes)
            if scope.kind == "function" and scope.parent >= 0 and python.scopes[scope.parent].kind == "class"
        )
        """The names of all methods that classes of ours define."""
        self.by_name: dict[str, PatternIndex] = {}
        self.by_argument: dict[str, list[tuple[Rule, Match]]] = {}
        self.by_callee: dict[tuple[str, str], tuple[tuple[Rule, Match], ...]] = {}
        self.literal_rules: list[tuple[Rule, Match]] = []
        self.index_rules: list[tuple[Rule, Match]] = []
        self.file_rules: list[tuple[Rule, Match]] = []
        for rule in book.rules:
            for match in rule.matches:
                self.index(rule, match)

    def index(self, rule: Rule, match: Match) -> None:
        """File a match under what is looked up first."""
        if match.kind == "argument":
            for label in match.arguments:
                self.by_argument.setdefault(label, []).append((rule, match))
        elif match.kind == "literal":
            self.literal_rules.append((rule, match))
        elif match.kind == "extension":
            self.extension_rules.append((rule, match))
        elif match.kind == "index":
            self.index_rules.append((rule, match))
        elif match.kind == "file":
            self.file_rules.append((rule, match))
        else:
            names = self.by_name.setdefault(match.kind, PatternIndex(match.kind in CASELESS))
            for pattern in match.names:
                names.add(pattern, rule, match)

    def named(self, kind: str, name: str) -> tuple[tuple[Rule, Match], ...]:
        """The matches of a kind that a name satisfies."""
        index = self.by_name.get(kind)
        return index.find(name) if index else ()

    # ---- files -------------------------------------------------------------------------------------------------------

    def hits(self) -> list[Hit]:
        """Every hit of the program, each (rule, place) once, sorted by place and rule."""
        found: dict[tuple[str, Span, str], Hit] = {}
        for path, facts in self.program.files.items():
            for hit in self.file_hits(path, facts):
                key = (hit.path, hit.span, hit.rule.id)
                known = found.get(key)
                if known is None or _loudness(hit) > _loudness(known):
                    found[key] = hit
        return [found[key] for key in sorted(found)]

    def file_hits(self, path: str, facts: FileFacts) -> Iterator[Hit]:
        """All hits of one file."""
        if facts.python is not None:
            yield from self.python_hits(path, facts.python)
        seen: set[tuple[str, int]] = set()
        for entry in facts.entries:
            for hit in self.entry_hits(path, entry, entry.span):
                if (hit.rule.id, hit.span.line) not in seen:  # a list on one line is one place
                    seen.add((hit.rule.id, hit.span.line))
                    yield hit
        for rule, match in self.file_rules:
            if matches_any(path, match.files):
                yield Hit(rule, path, Span(1, 1, 1, 1), Span(1, 1, 1, 1), path, NOT_GUARDED, False, None)

    def entry_hits(self, path: str, entry: Entry, statement: Span, guard: Guarding = NOT_GUARDED) -> Iterator[Hit]:
        """Hits of something that a file other than Python, or a command in Python, says."""
        if entry.kind == "index":
            matched = [(rule, match) for rule, match in self.index_rules if matches_value(entry.value, match.values)]
        else:
            matched = list(self.named(entry.kind, entry.name))
        for rule, match in matched:
            if match.files and not matches_path(path, match.files):
                continue
            if entry.kind != "index" and not _has_value(entry.value, match) and not _lines_of(entry, match):
                continue
            symbol = f"{KERNEL_LIST}{entry.value}" if entry.kind == "kernel" else entry.name or entry.value
            for span in _lines_of(entry, match) or (entry.span,):
                yield Hit(rule, path, span, statement if span is entry.span else span, symbol[:200], guard, False, None)

    def python_hits(self, path: str, python: PythonFacts) -> Iterator[Hit]:
        """Hits of a Python module."""
        for entry in python.imports:
            yield from self.import_hits(path, entry)
        for use in python.uses:
            yield from self.use_hits(path, python, use)
        for literal in python.literals:
            yield from self.literal_hits(path, python, literal)
        if "assign" in self.by_name:
            yield from self.assignment_hits(path, python)

    def assignment_hits(self, path: str, python: PythonFacts) -> Iterator[Hit]:
        """Variables and attributes that are tied by their name, or by name and value: `cfg.AMP.ENABLED = True`."""
        for binding in python.bindings:
            if binding.kind != "assign":
                continue
            names = {binding.target.rpartition(".")[2], binding.target}
            for rule, match in {pair[0].id: pair for name in sorted(names) for pair in self.named("assign", name)}.values():
                given = binding.value.text if isinstance(binding.value, Text | Constant) else ""
                if not match.values or matches_any(given, match.values):
                    span = Span(binding.line, 1, binding.line, 1)
                    guard = self.guards.guarding_in(path, binding.guard, binding.scope)
                    yield Hit(rule, path, span, span, binding.target, guard, False, None)

    # ---- imports -----------------------------------------------------------------------------------------------------

    def import_hits(self, path: str, entry: Import) -> Iterator[Hit]:
        """An import of something outside; a pattern also matches everything below it."""
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
            for rule, _ in self.named("import", ".".join(parts[:length])):
                if rule.id not in seen:
                    seen.add(rule.id)
                    yield Hit(rule, path, entry.span, entry.span, name, guard, False, None)

    def imported_extension(self, path: str, entry: Import, name: str) -> NativeSymbol | None:
        """The CUDA extension, or symbol of one, that an import brings in; also through a module that only binds them."""
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
        for rule, match in self.extension_rules:
            if role in match.roles:
                name = f"{symbol.extension.name}.{symbol.name}" if symbol.name else symbol.extension.name
                yield Hit(rule, path, span, statement, name, guard, False, None, symbol if symbol.name else None)

    # ---- uses --------------------------------------------------------------------------------------------------------

    def use_hits(self, path: str, python: PythonFacts, use: Use) -> Iterator[Hit]:
        """A mention of a name or attribute; what stands in a kernel's body is part of the kernel."""
        if self.kernels.is_inside(path, use.scope):
            return
        statement = python.statements[use.statement]
        if self.extensions.has_cuda and use.kind in ("call", "read", "launch"):
            native = list(self.native_call_hits(path, use, statement))
            if native:  # a module of ours, whatever library has one of the same name
                yield from native
                return
        for target in use.target.options if isinstance(use.target, Choice) else (use.target,):
            name = self.outside(path, target)
            if name:
                yield from self.name_hits(path, use, name, statement)
            if isinstance(target, Local | Member) and target.attributes:
                yield from self.method_hits(path, use, target, statement)
            elif isinstance(target, External) and not name:
                yield from self.own_object_method_hits(path, use, target, statement)
        if use.kind in ("call", "launch"):
            yield from self.object_call_hits(path, use, statement)
            yield from self.kernel_hits(path, use, statement)
        if use.arguments:
            yield from self.argument_hits(path, use, statement)
            yield from self.runner_hits(path, use, statement)

    def native_call_hits(self, path: str, use: Use, statement: Span) -> Iterator[Hit]:
        """A call into a compiled CUDA extension, or of a function of ours that hands out what calls into it."""
        find = self.extensions.symbol_in if use.kind == "launch" else self.extensions.symbol_of
        symbol = find(path, use.target)
        if symbol is None and use.kind == "call":
            symbol = self.extensions.symbol_of(path, Called(use.target, use.arguments))
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

    def outside(self, path: str, target: Value) -> str:
        """The dotted name outside the repository that a target means, or ""."""
        if not isinstance(target, External):
            return ""
        name = self.types.outside_name(path, target.name)
        return "" if name == "<own>" else name

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
        if use.kind == "call" and self.extensions.index.is_host_build(path, use, name):
            return
        for rule, match in self.named("use", name):
            if _role(use) in match.roles or (not match.roles and use.kind != "test"):
                yield self.hit(rule, path, use, statement, name)
        if use.kind in ("call", "decorator", "base"):
            for rule, match in self.named(use.kind, name):
                flow = self.deciding_flow(path, use, match) if match.arguments else None
                if flow is not None or not match.arguments:
                    yield self.hit(rule, path, use, statement, name, flow)

    def method_hits(self, path: str, use: Use, target: Local | Member, statement: Span) -> Iterator[Hit]:
        """Rules about methods and attributes of objects."""
        if use.kind not in ("call", "read", "write"):
            return
        matched = self.named("method", target.attributes[-1])
        if not matched:
            return
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
                owner = _tensor_like(next(filter(None, made_by), ""))
            else:
                continue
            flow = self.deciding_flow(path, use, match) if match.arguments else None
            if flow is not None or not match.arguments:
                yield self.hit(rule, path, use, statement, f"{owner or 'object'}.{target.attributes[-1]}", flow)

    def imports_any(self, path: str, receivers: tuple[str, ...]) -> bool:
        """Whether a module imports a package of the receivers: only then may an unknown object be one of them."""
        packages = {name.partition(".")[0] for name in receivers if name}
        names = self.program.imported[path].values()
        return any(self.types.outside_name(path, name).partition(".")[0] in packages for name in names)

    def object_call_hits(self, path: str, use: Use, statement: Span) -> Iterator[Hit]:
        """Calls and launches of an object whose maker is known: `kernel = cupy.RawKernel(...)`, `kernel(grid, block, ...)`."""
        matched = self.named("method", "__call__")
        if (
            not matched
            or not isinstance(use.target, Local | Member | Item | Called)
            or definition_of(self.program, path, use.target)
        ):
            return
        called = Member(use.target, (ELEMENT,)) if use.kind == "launch" else use.target  # `kernels["scale"](...)`
        made_by = self.types.types_of(path, called)
        for rule, match in matched:
            owner = next((name for name in made_by if matches_any(name, match.receivers)), None)
            if owner is not None:
                yield self.hit(rule, path, use, statement, owner)

    def kernel_hits(self, path: str, use: Use, statement: Span) -> Iterator[Hit]:
        """The launch, or call, of a Python function of ours that a decorator or a call made a kernel."""
        kernel = self.kernels.kernel_of(path, use.target)
        if kernel is not None:
            for rule, _ in self.named("launch", self.kernels.decorated[kernel]):
                yield replace(self.hit(rule, path, use, statement, self.symbol_of(path, use.target)), bound_to=kernel)

    def own_object_method_hits(self, path: str, use: Use, target: External, statement: Span) -> Iterator[Hit]:
        """`from .models import net` and `net.cuda()`: a method of an object of ours that was imported."""
        found = self.program.modules.split(target.name, path)
        if found is None or len(found[1]) < 2:
            return
        module, attributes = found
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

    # ---- arguments ---------------------------------------------------------------------------------------------------

    def argument_hits(self, path: str, use: Use, statement: Span) -> Iterator[Hit]:
        """Rules about the value of an argument. Few callees take one that matters, so the callee is asked first."""
        best: dict[str, tuple[Rule, Flow]] = {}
        for argument in use.arguments:
            candidates = self.candidates(path, use, argument.label)
            if not candidates or (isinstance(argument.value, Called) and argument.value.callee == TORCH_DEVICE):
                continue  # an inner `torch.device(...)` is a place of its own
            flows: tuple[Flow, ...] | None = None
            for rule, match in candidates:
                if match.values == ANY_VALUE:
                    if not self.is_nothing(path, argument.value):
                        best.setdefault(rule.id, (rule, GIVEN))
                    continue
                flows = self.values.flows(path, argument.value) if flows is None else flows
                for flow in flows:
                    known = best.get(rule.id)
                    if (known is None or _openness(flow) < _openness(known[1])) and _fits(flow, match):
                        best[rule.id] = (rule, flow)
        is_ours = bool(best) and (self.values.definition(path, use.target) is not None or _is_super(use.target))
        for rule_id in sorted(best):
            rule, flow = best[rule_id]
            hit = self.hit(rule, path, use, statement, self.symbol_of(path, use.target), flow)
            yield replace(hit, is_passed_on=is_ours and flow.line > 0)

    def is_nothing(self, path: str, value: Value) -> bool:
        """Whether an argument is None as far as can be told: written so, or a parameter that nobody gives another value."""
        if value == NOTHING:
            return True
        flows = self.values.flows(path, value) if isinstance(value, Local) else ()
        return bool(flows) and all(flow.text == NOTHING.text for flow in flows)

    def candidates(self, path: str, use: Use, label: str) -> tuple[tuple[Rule, Match], ...]:
        """The rules about an argument of a label that want this callee; callees repeat, so answers are remembered."""
        about = self.by_argument.get(label)
        if about is None:
            return ()
        callee = self.callee_text(path, use.target)
        key = (label, callee)
        if key not in self.by_callee:
            self.by_callee[key] = tuple(
                (rule, match)
                for rule, match in about
                if (not match.names or matches_any(callee, match.names)) and not matches_any(callee, match.unless)
            )
        return self.by_callee[key]

    def callee_text(self, path: str, target: Value) -> str:
        """The callee as patterns see it: a dotted outside name, or `object.method`."""
        if isinstance(target, Choice):
            target = target.options[0]
        if isinstance(target, External):
            return self.outside(path, target) or target.name
        if isinstance(target, Local):
            return ".".join((target.name, *target.attributes))
        if isinstance(target, Member):
            made_by = self.types.type_of(path, target.owner)
            return ".".join((made_by if made_by and "<" not in made_by else "object", *target.attributes))
        return "unknown"

    def symbol_of(self, path: str, target: Value) -> str:
        """The callee as people see it: the name outside, or a method of what it is most likely called on."""
        if isinstance(target, Local | Member) and target.attributes:
            owner: Value = Local(target.scope, target.name, target.attributes[:-1]) if isinstance(target, Local) else target.owner
            return f"{_tensor_like(self.types.type_of(path, owner))}.{target.attributes[-1]}"
        return self.callee_text(path, target)

    def deciding_flow(self, path: str, use: Use, match: Match) -> Flow | None:
        """The flow of an argument that satisfies a match: a direct one first, then one that cannot be overridden."""
        best: Flow | None = None
        for argument in use.arguments:
            if match.arguments and argument.label not in match.arguments:
                continue
            if match.values == ANY_VALUE:
                if not self.is_nothing(path, argument.value):
                    return GIVEN
                continue
            for flow in self.values.flows(path, argument.value):
                if _fits(flow, match) and (best is None or _openness(flow) < _openness(best)):
                    best = flow
        return best

    def runner_hits(self, path: str, use: Use, statement: Span) -> Iterator[Hit]:
        """Environment variables read by calls, and programs that Python starts."""
        name = self.outside(path, use.target)
        first = use.arguments[0].value
        if name in ENVIRONMENT_CALLS and isinstance(first, Text):
            guard = self.guards.guarding_in(path, use.guard, use.scope)
            yield from self.entry_hits(path, Entry("environment", first.text, "", use.span), statement, guard)
        elif name in PROGRAM_RUNNERS:
            words = first.text if isinstance(first, Text) else ""
            if isinstance(first, Sequence):
                words = " ".join(item.text for item in first.items if isinstance(item, Text))
            guard = self.guards.guarding_in(path, use.guard, use.scope)
            for entry in command_entries(words, use.span):
                yield from self.entry_hits(path, entry, statement, guard)

    # ---- literals ----------------------------------------------------------------------------------------------------

    def literal_hits(self, path: str, python: PythonFacts, literal: StringLiteral) -> Iterator[Hit]:
        """String constants in telling places."""
        statement = python.statements[literal.statement]
        guard = self.guards.guarding_in(path, literal.guard, literal.scope)
        if literal.role == "source":
            for rule, _ in self.named("kernel", "cuda-string"):
                yield Hit(rule, path, literal.span, statement, "cuda-string", guard, False, None)
            return
        if literal.role in ("argument", "element", "assign", "item", "default") and not self.is_run(path, literal):
            entries = list(command_entries(literal.text, literal.span)) if is_command(literal.text) else []
            wheel = requirement_entry(literal.text, literal.span) if literal.text.endswith(".whl") else None
            instance = instance_entry(literal.text, {}, literal.span)
            for entry in (*entries, *((wheel,) if wheel else ()), *((instance,) if instance else ())):
                yield from self.entry_hits(path, entry, statement, guard)
        if self.is_environment(path, literal):
            entry = Entry("environment", literal.text, "", literal.span)
            yield from self.entry_hits(path, entry, statement, guard)
        for rule, match in self.literal_rules:
            if match.roles and literal.role not in match.roles:
                continue
            if match.labels and not matches_any(literal.label.rpartition(".")[2], match.labels):
                continue
            if matches_any(literal.text, match.values):
                yield Hit(rule, path, literal.span, statement, literal.text, guard, False, None)

    def is_run(self, path: str, literal: StringLiteral) -> bool:
        """Whether a string is an argument of a call that runs programs: such calls are read as a whole."""
        return literal.role in ("argument", "element") and self.outside(path, literal.other) in PROGRAM_RUNNERS

    def is_environment(self, path: str, literal: StringLiteral) -> bool:
        """`os.environ["X"]`, `"X" in os.environ`, `env={"X": ...}`, `env["X"] = ...`."""
        if literal.role in ("subscript", "compare"):
            is_copy = literal.label.lower().endswith(("env", "environ")) and literal.text.isupper()
            return is_copy or self.outside(path, literal.other) in ENVIRONMENT_OBJECTS
        is_key = literal.role == "key" and (
            "env" in literal.label.lower() or literal.label.lower().endswith(("variables", "flags"))
        )
        is_named = literal.role == "item" and literal.label == "name"
        return (is_key or is_named) and literal.text.isupper() and "_" in literal.text


def _has_value(value: str, match: Match) -> bool:
    """Whether a value is one that a match wants; line breaks in it are blanks."""
    value = value.replace("\n", " ")
    wanted = not match.values or matches_value(value, match.values)
    return wanted and not (match.unless_values and matches_value(value, match.unless_values))


def _lines_of(entry: Entry, match: Match) -> list[Span]:
    """The places of those lines of a long command or call that satisfy a match by themselves."""
    if not match.values or "\n" not in entry.value:
        return []
    lines = enumerate(entry.value.split("\n"), entry.span.line)
    return [Span(number, 1, number, 1) for number, line in lines if _has_value(line, match)]


def _is_super(target: Value) -> bool:
    """`super().__init__`."""
    return isinstance(target, Member) and isinstance(target.owner, Called) and target.owner.callee == External("builtins.super")


def _role(use: Use) -> str:
    """What a use is to rules: required where the code refuses to go on without it, else its kind."""
    return "required" if use.is_required and use.kind in ("call", "read") else use.kind


def _fits(flow: Flow, match: Match) -> bool:
    """Whether a text, of which perhaps only the beginning is known, has one of the wanted values."""
    return prefix_may_match(flow.text, match.values) if flow.is_prefix else matches_any(flow.text, match.values)


def _tensor_like(made_by: str) -> str:
    """The class to show for the receiver of a method: what made it if that is a class, else a tensor."""
    return made_by if made_by and "<" not in made_by and made_by.rpartition(".")[2][:1].isupper() else "torch.Tensor"


def _openness(flow: Flow) -> tuple[bool, bool, bool]:
    return (flow.guarded, flow.overridable, bool(flow.line))


def _loudness(hit: Hit) -> tuple[bool, bool]:
    return (not hit.guard.has_other_way, not hit.overridable)
