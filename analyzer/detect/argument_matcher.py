"""Rules about the arguments of calls: which callee, which argument, and the value that flows into it."""

from __future__ import annotations

from analyzer.detect.patterns import matches_any, prefix_may_match
from analyzer.detect.rule_index import RuleIndex
from analyzer.link.types import TypeReader
from analyzer.link.values import Flow, ValueFollower
from analyzer.model.facts import Called, Choice, Constant, External, Local, Member, Use, Value
from analyzer.model.rule import Match, Rule

ANY_VALUE = ("*",)
"""It is enough that the argument is given."""
NOTHING = Constant("None")
GIVEN = Flow("", False, "", 0, False, False)
TORCH_DEVICE = External("torch.device")


class ArgumentMatcher:
    """Asks the callee first, for few take an argument that matters, then follows the value."""

    def __init__(self, rules: RuleIndex, values: ValueFollower, types: TypeReader) -> None:
        self.by_argument = rules.by_argument
        self.values = values
        self.types = types

    def deciding_flows(self, path: str, use: Use) -> list[tuple[Rule, Flow]]:
        """The rules that a call satisfies by an argument, sorted by rule, each with the flow that decides."""
        best: dict[str, tuple[Rule, Flow]] = {}
        callee: str | None = None
        for label, value in use.arguments:
            about = self.by_argument.get(label)
            if about is None:
                continue
            if callee is None:
                callee = self.callee_text(path, use.target)
            candidates = about.find(callee)
            if not candidates or (type(value) is Called and value.callee == TORCH_DEVICE):
                continue  # an inner `torch.device(...)` is a place of its own
            flows: tuple[Flow, ...] | None = None
            for rule, match in candidates:
                if match.values == ANY_VALUE:
                    if not self.is_nothing(path, value):
                        best.setdefault(rule.id, (rule, GIVEN))
                    continue
                if flows is None:
                    flows = self.values.flows(path, value)
                if not flows:
                    continue
                for flow in flows:
                    known = best.get(rule.id)
                    if (known is None or _openness(flow) < _openness(known[1])) and _fits(flow, match):
                        best[rule.id] = (rule, flow)
        return [best[rule_id] for rule_id in sorted(best)] if best else []

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

    def is_nothing(self, path: str, value: Value) -> bool:
        """Whether an argument is None as far as can be told: written so, or a parameter that nobody gives another value."""
        if value == NOTHING:
            return True
        flows = self.values.flows(path, value) if isinstance(value, Local) else ()
        return bool(flows) and all(flow.text == NOTHING.text for flow in flows)

    def callee_text(self, path: str, target: Value) -> str:
        """The callee as patterns see it: a dotted outside name, or `object.method`."""
        if isinstance(target, Choice):
            target = target.options[0]
        if isinstance(target, External):
            return self.types.outside(path, target) or target.name
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
            return f"{shown_class(self.types.type_of(path, owner))}.{target.attributes[-1]}"
        return self.callee_text(path, target)


def shown_class(made_by: str) -> str:
    """The class to show for the receiver of a method: what made it if that is a class, else a tensor."""
    return made_by if made_by and "<" not in made_by and made_by.rpartition(".")[2][:1].isupper() else "torch.Tensor"


def _fits(flow: Flow, match: Match) -> bool:
    """Whether a text, of which perhaps only the beginning is known, has one of the wanted values."""
    return prefix_may_match(flow.text, match.values) if flow.is_prefix else matches_any(flow.text, match.values)


def _openness(flow: Flow) -> tuple[bool, bool, bool]:
    return (flow.guarded, flow.overridable, bool(flow.line))
