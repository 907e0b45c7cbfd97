"""Verdicts on models for a target that nobody here could try: from what documents say of every operator that is reached.

A model is predicted to run where all its operators are in a documented list, or are lowered to operations that the compiler
documents, and nothing documented stands against it. That is a prediction of low confidence, and its reason says so.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import NamedTuple

from analyzer.knowledge.neuron_verdicts import NeuronVerdicts, SoftwarePath, load_neuron_verdicts, plain_operation
from analyzer.knowledge.operators import OperatorBook, find_statements
from analyzer.model.effort import Reason
from analyzer.model.finding import Finding as Tie
from analyzer.model.operators import Statement
from analyzer.model.target import Support
from analyzer.operators.abstract import Finding, OperatorSite

MOST_NAMED = 10
MOST_REASONS = 8
HAND_WRITTEN = frozenset({"custom-cuda-kernel", "custom-triton-kernel", "custom-python-kernel", "cuda-driver-binding"})
"""Capabilities whose replacement is a kernel that nobody has written yet: a model that needs one cannot be moved before."""
WEIGHED_BY_TYPE = frozenset({"low-precision-formats", "half-precision"})
"""Capabilities about element types, which for an operator of torch its arguments decide, chip by chip."""
RARELY_TAKEN = frozenset({"operator-not-exported", "compiled-extension", "scripted-function"})
NOT_ONLY_OF_TENSORS = frozenset(
    {
        "sort",
        "split",
        "add",
        "clear",
        "remove",
        "insert",
        "setdefault",
        "startswith",
        "endswith",
        "lower",
        "upper",
        "replace",
        "strip",
        "count",
        "index",
        "union",
        "intersection",
        "difference",
        "discard",
        "popitem",
        "reverse",
        "is_empty",
    }
)
"""Methods that lists, sets, dictionaries and strings have."""
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FAMILIES = ("fft", "linalg", "special", "sparse", "nested")
_OPERATOR_HOMES = ("torch.", "torchvision.ops.", "torchaudio.functional.")


class Meaning(NamedTuple):
    """What documents say of a called name on one way of running."""

    effect: str
    """`listed`, `derived`, `nothing`, `change`, `open`, `note` or `fallback`."""
    text: str = ""
    source: str = ""


NOTHING = Meaning("nothing")
STATUS_OF = {
    "listed": ("supported", "medium"), "derived": ("supported", "low"), "note": ("partial", "medium"),
    "fallback": ("partial", "low"), "change": ("unsupported", "medium"), "open": ("unknown", "low"),
}  # fmt: skip
"""(status, confidence): a list names an operator, and no shape or element type with it."""


class DocumentedVerdicts:
    """Predictions for one target, from its documents."""

    def __init__(
        self, target_id: str, path: SoftwarePath, book: OperatorBook, support: Iterable[Support], ties: Iterable[Tie] = ()
    ) -> None:
        self.target_id = target_id
        self.path = path
        self.book = book
        self.verdicts: NeuronVerdicts = load_neuron_verdicts()
        self.support: Mapping[str, Support] = {entry.capability: entry for entry in support}
        self.ties: dict[tuple[str, int], list[Tie]] = {}
        for tie in ties:
            self.ties.setdefault((tie.path, tie.span.line), []).append(tie)
        self.known: dict[str, Meaning] = {}
        self.operations = self.documented_operations()

    def documented_operations(self) -> dict[str, str]:
        """HLO operations that the compiler's pages name as taken, with the page."""
        found = dict(self.verdicts.implied)
        for statements in self.book.by_name.values():
            for item in statements:
                is_named = item.framework.startswith("HLO") and not item.evidence.startswith("derived")
                if is_named and item.applies and item.status in ("supported", "partial"):
                    found.setdefault(plain_operation(item.operator), item.source)
        return found

    # ---- names -------------------------------------------------------------------------------------------------------

    def meaning(self, name: str) -> Meaning:
        """What a called name means: the worst of the operators that it stands for."""
        if name not in self.known:
            operators = self.operators_of(name)
            if operators is None:
                self.known[name] = Meaning("open", "code that is not in this repository")
            else:
                found = [self.of_operator(operator) for operator in operators] or [NOTHING]
                order = ("change", "open", "fallback", "note", "derived", "listed", "nothing")
                self.known[name] = min(found, key=lambda meaning: order.index(meaning.effect))
        return self.known[name]

    def operators_of(self, name: str) -> tuple[str, ...] | None:
        """The operators that a dotted name stands for; () for none, None for code that is not seen here."""
        if name in self.verdicts.functions:
            return self.verdicts.functions[name]
        root, last = name.partition(".")[0], name.rpartition(".")[2]
        if last.endswith("]") and last in self.verdicts.functions:  # a way of calling it, whatever it is a method of
            return self.verdicts.functions[last]
        if root == "self":
            return () if last in self.verdicts.nothing else None
        if root.startswith("?"):
            return self.of_unknown_owner(last.rstrip("_"), "." in name)
        if root in sys.stdlib_module_names or root == "builtins" or name.startswith(self.verdicts.nothing_prefixes):
            return ()
        if name.startswith("torch.ops.") or not name.startswith(_OPERATOR_HOMES):
            return None
        if last[:1].isupper():
            return self.of_class(name, last)
        parts = name.split(".")
        family = f"{parts[1]}_" if len(parts) > 2 and parts[1] in _FAMILIES else ""
        plain = f"{family}{last}".strip("_")
        return () if plain in self.verdicts.nothing or not plain else (plain,)

    def of_unknown_owner(self, method: str, is_method: bool) -> tuple[str, ...] | None:
        """The operator that a method of an unknown value is, if it has the name of one that tensors have."""
        if not is_method:
            return None
        if method in self.verdicts.nothing or method in self.verdicts.lowered or method in NOT_ONLY_OF_TENSORS:
            return ()
        is_refused = any(fnmatchcase(method, pattern) for item in self.verdicts.refused for pattern in item.operators)
        return (method,) if is_refused or find_statements(self.book, f"aten::{method}") else None

    def of_class(self, name: str, last: str) -> tuple[str, ...]:
        """The operators of a layer; classes that are no layers have none."""
        if last in self.verdicts.layers and name.startswith("torch.nn."):
            return self.verdicts.layers[last]
        if not name.startswith(("torch.nn.", "torchvision.ops.")):
            return ()
        return (_WORD.sub("_", last).lower(),) if name.startswith("torch.nn.") else (last.lower(),)

    def of_operator(self, operator: str) -> Meaning:
        """What documents say of one operator."""
        for item in self.verdicts.refused:
            if any(fnmatchcase(operator, pattern) for pattern in item.operators):
                effect = item.effects.get(self.path.id, "")
                if effect:
                    return Meaning(effect, f"{item.note}. {item.rewrite}", item.source)
        said = [
            statement
            for statement in find_statements(self.book, f"aten::{operator}")
            if statement.applies and not statement.variant and statement.status != "unknown"
        ]
        listed = next((item for item in said if item.status == "supported" and not item.evidence.startswith("derived")), None)
        if listed is not None:
            return Meaning("listed", "in a documented list", listed.source)
        if operator in self.verdicts.lowered and self.path.id != "inf1":
            operations, condition = self.verdicts.lowered[operator]
            missing = [name for name in operations if plain_operation(name) not in self.operations]
            if not missing:
                text = f"lowered, as we read it, to documented operations (derived){': ' + condition if condition else ''}"
                return Meaning("derived", text, self.verdicts.source)
        return self.undocumented(said)

    def undocumented(self, said: list[Statement]) -> Meaning:
        """An operator that no document names as taken."""
        if self.path.undocumented == "fallback":
            return Meaning("fallback", self.path.fallback, self.path.source)
        lacking = next((item for item in said if item.status == "unsupported" and item.evidence.startswith("derived")), None)
        text = "no lowering in PyTorch/XLA 2.9 (derived)" if lacking else "not in a documented list"
        return Meaning("open", text, lacking.source if lacking else "")

    def use_of(self, name: str) -> tuple[str, str] | None:
        """(status, what it rests on) of a called name for a list of operators; None for one that compiles to nothing."""
        meaning = self.meaning(name)
        if meaning.effect == "nothing":
            return None
        status, confidence = STATUS_OF[meaning.effect]
        return status, f"{meaning.text}; {meaning.source + '; ' if meaning.source else ''}confidence {confidence}"

    # ---- models ------------------------------------------------------------------------------------------------------

    def verdict(
        self, place: tuple[str, int], found: tuple[Finding, ...], sites: tuple[OperatorSite, ...]
    ) -> tuple[str, tuple[Reason, ...]]:
        """The prediction for a model at (path, line), with its reasons."""
        if self.path.undocumented == "never":
            return "unknown", (Reason("served-by-list", *place, f"{self.path.predicted}. To know: {self.path.command}"),)
        tally = Tally()
        for site in sites:
            if not self.weigh_ties(site, tally):
                self.weigh_site(site, tally)
        told = {(reason.path, reason.line) for reason in (*tally.blocked, *tally.changes)}
        for finding in found:
            if finding.rule_id != "compiled-extension" or (finding.path, finding.line) not in told:
                self.weigh_finding(finding, tally)
        return self.summed_up(place, tally)

    def weigh_finding(self, finding: Finding, tally: Tally) -> None:
        """Something in the model's code that stands against its being captured."""
        effect, message = "change", finding.message
        for item in self.verdicts.effects:
            if finding.rule_id in item.rules:
                note = item.notes[self.path.id] or finding.message
                effect, message = item.effects[self.path.id], f"{note} ({item.source})"
        if finding.operator.startswith(("torch.", "jax.")) and self.of_operator_name(finding.operator):
            return  # said by what is known of the operator itself
        if not effect or (not finding.is_certain and finding.rule_id in RARELY_TAKEN):
            return
        if not finding.is_certain and effect == "change":
            effect, message = "open", f"Only where the code gets there: {message}"
        reason = Reason(finding.rule_id, finding.path, finding.line, message, finding.operator)
        (tally.changes if effect == "change" else tally.open if effect == "open" else tally.notes).append(reason)

    def of_operator_name(self, name: str) -> bool:
        """Whether something is known of a name on this way that its call is weighed by."""
        return self.meaning(name).effect != "nothing"

    def weigh_ties(self, site: OperatorSite, tally: Tally) -> bool:
        """What the target does with ties to CUDA at a place that the model reaches; whether one of them is the call itself."""
        is_said = False
        for tie in self.ties.get((site.path, site.line), ()):
            answer = self.support.get(tie.capability)
            if answer is None or tie.severity == "info" or tie.guarded or answer.verdict in ("drop_in", "unknown"):
                continue
            if self.meaning(site.name).effect == "listed":
                continue
            if tie.capability in WEIGHED_BY_TYPE and self.operators_of(site.name) is not None:
                continue
            is_said = is_said or tie.symbol.rpartition(".")[2] == site.name.rpartition(".")[2]
            is_blocked = answer.verdict == "blocked" or (answer.verdict == "rewrite" and tie.capability in HAND_WRITTEN)
            message = f"{tie.symbol}: {answer.advice} ({answer.reference})"
            reasons = tally.blocked if is_blocked else tally.changes
            reason = Reason(tie.rule_id, site.path, site.line, message, "")
            if not site.is_certain:
                reasons, reason = tally.open, replace(reason, message=f"Only where the code gets there: {message}")
            if reason not in reasons:
                reasons.append(reason)
        return is_said and self.operators_of(site.name) is None

    def weigh_site(self, site: OperatorSite, tally: Tally) -> None:
        """A call of something outside."""
        meaning = self.meaning(site.name)
        if meaning.effect in ("nothing", "listed", "derived"):
            return
        name = site.name.lstrip("?")
        is_sure = site.is_certain and not site.name.startswith("?")
        if meaning.effect == "fallback":
            tally.fallen.append(site)
        elif meaning.effect == "note":
            tally.notes.append(
                Reason("operator-with-care", site.path, site.line, f"{name}: {meaning.text} ({meaning.source})", name)
            )
        elif meaning.text in UNKNOWN_WORDS:
            (tally.unknown if site.is_certain else tally.possible).setdefault(meaning.text, []).append(site._replace(name=name))
        elif meaning.effect == "change" and is_sure:
            reason = Reason("operator-refused", site.path, site.line, f"{name}: {meaning.text} ({meaning.source})", name)
            tally.changes.append(reason)
        else:
            where = "" if site.is_certain else "Only where the code gets there: "
            message = f"{where}{name}: {meaning.text} ({meaning.source})"
            tally.open.append(Reason("operator-in-doubt", site.path, site.line, message, name))

    def summed_up(self, place: tuple[str, int], tally: Tally) -> tuple[str, tuple[Reason, ...]]:
        """The prediction, and the reasons that lead to it: one a kind, names gathered."""
        unnamed = [
            Reason("operator-not-documented" if text != UNSEEN else "code-not-seen", sites[0].path, sites[0].line,
                   f"{UNKNOWN_WORDS[text]}{where}: {named(site.name for site in sites)}")
            for found, where in ((tally.unknown, ""), (tally.possible, ", where the code gets there"))
            for text, sites in sorted(found.items())
        ]  # fmt: skip
        if tally.fallen:
            first = tally.fallen[0]
            message = f"{self.path.fallback}. No document names: {named(site.name for site in tally.fallen)}"
            tally.notes.append(Reason("operator-on-the-cpu", first.path, first.line, message))
        doubts = folded([*tally.open, *unnamed])
        if tally.blocked:
            return "blocked", tuple(folded(tally.blocked + tally.changes)[:MOST_REASONS])
        if tally.changes:
            return "needs_changes", tuple((folded(tally.changes) + doubts)[:MOST_REASONS])
        if doubts:
            to_know = Reason("to-know", *place, f"To know: {self.path.command}")
            return "unknown", (*doubts[: MOST_REASONS - 1], to_know)
        predicted = Reason("predicted-from-documents", *place, f"{self.path.predicted} ({self.path.source})")
        return "runs", (predicted, *folded(tally.notes)[: MOST_REASONS - 1])


UNSEEN = "code that is not in this repository"
UNKNOWN_WORDS = {
    UNSEEN: "Not seen, being code of others or the choice of its caller",
    "not in a documented list": "No document names",
    "no lowering in PyTorch/XLA 2.9 (derived)": "No lowering in PyTorch/XLA 2.9 (derived), for which a trace throws",
}


class Tally:
    """Reasons as they are met, by what they lead to."""

    def __init__(self) -> None:
        self.blocked: list[Reason] = []
        self.changes: list[Reason] = []
        self.open: list[Reason] = []
        self.notes: list[Reason] = []
        self.unknown: dict[str, list[OperatorSite]] = {}
        self.possible: dict[str, list[OperatorSite]] = {}
        self.fallen: list[OperatorSite] = []


def folded(reasons: list[Reason]) -> list[Reason]:
    """Reasons that say the same of several places as one, which names the others."""
    groups: dict[tuple[str, str], list[Reason]] = {}
    for reason in reasons:
        groups.setdefault((reason.rule_id, reason.message), []).append(reason)
    found = []
    for first, *others in groups.values():
        places = [f"{other.path}:{other.line}" for other in others if (other.path, other.line) != (first.path, first.line)]
        also = f". Also at {named(places)}" if places else ""
        found.append(replace(first, message=f"{first.message}{also}"))
    return found


def named(names: Iterable[str]) -> str:
    """Names in a sentence, not too many."""
    distinct = sorted(dict.fromkeys(names))
    more = f" and {len(distinct) - MOST_NAMED} more" if len(distinct) > MOST_NAMED else ""
    return ", ".join(distinct[:MOST_NAMED]) + more
