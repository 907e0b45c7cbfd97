"""Rules about what files say beside Python's names: entries of configuration, commands, literals, assigned settings."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.detect.hit import KERNEL_LIST, NO_KERNEL, Hit
from analyzer.detect.patterns import matches_any, matches_path, matches_value
from analyzer.detect.rule_index import RuleIndex
from analyzer.facts.lexicon import is_command
from analyzer.link.guards import NOT_GUARDED, Guarding, GuardReader
from analyzer.link.types import TypeReader
from analyzer.model.facts import Constant, Entry, FileFacts, PythonFacts, Sequence, StringLiteral, Text, Use
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
READERS_OF_TEXT = ENVIRONMENT_CALLS | PROGRAM_RUNNERS
"""The functions of Python whose arguments say what a file of another kind could say."""


class EntryMatcher:
    """Matches entries, wherever they were read, and those strings of Python that say the same."""

    def __init__(self, rules: RuleIndex, guards: GuardReader, types: TypeReader) -> None:
        self.rules = rules
        self.guards = guards
        self.types = types
        self.known_assigned: dict[str, tuple[tuple[Rule, Match], ...]] = {}
        self.known_entries: dict[tuple[str, str, str], tuple[tuple[Rule, Match], ...]] = {}
        """The matches that an entry satisfies, by its kind, name and value: settings are repeated from file to file."""

    def file_hits(self, path: str, facts: FileFacts) -> Iterator[Hit]:
        """Hits of a file's entries, and of the file itself by its name."""
        seen: set[tuple[str, int]] = set()
        for entry in facts.entries:
            for hit in self.entry_hits(path, entry, entry.span):
                if (hit.rule.id, hit.span.line) not in seen:  # a list on one line is one place
                    seen.add((hit.rule.id, hit.span.line))
                    yield hit
        for rule, match in self.rules.file_rules:
            if matches_any(path, match.files):
                yield Hit(rule, path, Span(1, 1, 1, 1), Span(1, 1, 1, 1), path, NOT_GUARDED, False, None)

    def entry_hits(self, path: str, entry: Entry, statement: Span, guard: Guarding = NOT_GUARDED) -> Iterator[Hit]:
        """Hits of something that a file other than Python, or a command in Python, says."""
        key = entry[:3]
        matched = self.known_entries.get(key)
        if matched is None:
            matched = self.known_entries[key] = tuple(self.about_entry(entry))
        for rule, match in matched:
            if match.files and not matches_path(path, match.files):
                continue
            symbol = f"{KERNEL_LIST}{entry.value or NO_KERNEL}" if entry.kind == "kernel" else entry.name or entry.value
            for span in _lines_of(entry, match) or (entry.span,):
                yield Hit(rule, path, span, statement if span is entry.span else span, symbol[:200], guard, False, None)

    def about_entry(self, entry: Entry) -> Iterator[tuple[Rule, Match]]:
        """The matches that an entry satisfies by its name and value, whatever file it stands in."""
        if entry.kind == "index":
            yield from (pair for pair in self.rules.index_rules if matches_value(entry.value, pair[1].values))
            return
        for rule, match in self.rules.named(entry.kind, entry.name):
            if _has_value(entry.value, match) or _lines_of(entry, match):
                yield rule, match

    def assignment_hits(self, path: str, python: PythonFacts) -> Iterator[Hit]:
        """Variables and attributes that are tied by their name, or by name and value: `cfg.AMP.ENABLED = True`."""
        known = self.known_assigned
        for binding in python.bindings:
            if binding.kind != "assign" or known.get(binding.target) == ():  # most, and without a call
                continue
            for rule, match in self.about_assigned(binding.target):
                given = binding.value.text if isinstance(binding.value, Text | Constant) else ""
                if not match.values or matches_any(given, match.values):
                    span = Span(binding.line, 1, binding.line, 1)
                    guard = self.guards.guarding_in(path, binding.guard, binding.scope)
                    yield Hit(rule, path, span, span, binding.target, guard, False, None)

    def about_assigned(self, target: str) -> tuple[tuple[Rule, Match], ...]:
        """The matches that an assigned name, dotted or by its last word, satisfies: one of each rule."""
        known = self.known_assigned.get(target)
        if known is None:
            last = target.rpartition(".")[2]
            names = (last,) if last == target else sorted((last, target))
            pairs = {pair[0].id: pair for name in names for pair in self.rules.named("assign", name)}
            known = self.known_assigned[target] = tuple(pairs.values())
        return known

    def runner_hits(self, path: str, use: Use, name: str, statement: Span) -> Iterator[Hit]:
        """Environment variables read by calls, and programs that Python starts; `name` is that of the callee."""
        first = use.arguments[0].value
        if name in ENVIRONMENT_CALLS and isinstance(first, Text):
            guard = self.guards.guarding_in(path, use.guard, use.scope)
            yield from self.entry_hits(path, Entry("environment", first.text, "", use.span), statement, guard)
        elif name in PROGRAM_RUNNERS:
            words = first.text if isinstance(first, Text) else ""
            if isinstance(first, Sequence):
                words = " ".join(item.text for item in first.items if isinstance(item, Text))
            guard = self.guards.guarding_in(path, use.guard, use.scope)
            from analyzer.facts.shell import command_entries  # few files run a program

            for entry in command_entries(words, use.span):
                yield from self.entry_hits(path, entry, statement, guard)

    def literal_hits(self, path: str, python: PythonFacts, literal: StringLiteral) -> Iterator[Hit]:
        """String constants in telling places."""
        statement = python.statements[literal.statement]
        guard = self.guards.guarding_in(path, literal.guard, literal.scope)
        if literal.role == "source":
            for rule, _ in self.rules.named("kernel", "cuda-string"):
                yield Hit(rule, path, literal.span, statement, "cuda-string", guard, False, None)
            return
        if literal.role in ("argument", "element", "assign", "item", "default") and not self.is_run(path, literal):
            for entry in entries_in_text(literal.text, literal.span):
                yield from self.entry_hits(path, entry, statement, guard)
        if self.is_environment(path, literal):
            entry = Entry("environment", literal.text, "", literal.span)
            yield from self.entry_hits(path, entry, statement, guard)
        for rule, match in self.rules.literal_rules:
            if match.roles and literal.role not in match.roles:
                continue
            if match.labels and not matches_any(literal.label.rpartition(".")[2], match.labels):
                continue
            if matches_any(literal.text, match.values):
                yield Hit(rule, path, literal.span, statement, literal.text, guard, False, None)

    def is_run(self, path: str, literal: StringLiteral) -> bool:
        """Whether a string is an argument of a call that runs programs: such calls are read as a whole."""
        return literal.role in ("argument", "element") and self.types.outside(path, literal.other) in PROGRAM_RUNNERS

    def is_environment(self, path: str, literal: StringLiteral) -> bool:
        """`os.environ["X"]`, `"X" in os.environ`, `env={"X": ...}`, `env["X"] = ...`."""
        if literal.role in ("subscript", "compare"):
            is_copy = literal.label.lower().endswith(("env", "environ")) and literal.text.isupper()
            return is_copy or self.types.outside(path, literal.other) in ENVIRONMENT_OBJECTS
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


def entries_in_text(text: str, span: Span) -> Iterator[Entry]:
    """What a string of Python would say in a file of another kind: a line for a shell, a wheel, a type of machine."""
    if is_command(text):
        from analyzer.facts.shell import command_entries

        yield from command_entries(text, span)
    if text.endswith(".whl"):
        from analyzer.facts.requirements import requirement_entry

        wheel = requirement_entry(text, span)
        if wheel:
            yield wheel
    if "." in text or "-" in text or "_" in text:
        from analyzer.facts.instances import instance_entry

        instance = instance_entry(text, {}, span)
        if instance:
            yield instance
