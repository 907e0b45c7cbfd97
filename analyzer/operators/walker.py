"""What in a function, and in all that it calls, stops an exporter."""

from __future__ import annotations

from analyzer.model.facts import (
    NO_GUARD,
    Called,
    External,
    Guard,
    Local,
    Member,
    Use,
    Value,
)
from analyzer.operators.abstract import (
    CHOICE,
    NONE,
    UNKNOWN,
    UNSURE,
    Abstract,
    Finding,
    OperatorSite,
    join,
    truth,
)
from analyzer.operators.calls import CallReader
from analyzer.operators.frames import (
    MOST_FINDINGS,
    ONE_OF_MANY,
    OPERATOR_PACKAGES,
    without_objects,
)
from analyzer.operators.masks import mask_sites
from analyzer.operators.state import state_sites
from analyzer.operators.surface import STATIC_FUNCTIONS, STATIC_PACKAGES
from analyzer.operators.unseen import launches, sites_of


class Walker(CallReader):
    """Looks at the branches, calls and outputs of one function, for one way of calling it."""

    def findings(self) -> tuple[Finding, ...]:
        """Everything in the function, and in what it calls, that stops an exporter."""
        self.check_decorators()
        seen: set[int] = set()
        last = self.scope.last_line or self.scope.span.line
        for _, guard in self.interpreter.guards_between(self.path, self.scope.span.line, last):
            if guard.kind in ("if", "else") and guard.line not in seen:
                seen.add(guard.line)
                self.check_branch(guard)
        self.check_changes()
        for binding in self.classes.loops(self.path).get(self.frame.scope, ()):
            if self.guard_truth(binding.guard) is not False:
                self.bound(binding, 0)  # how often a loop runs is asked although its variable may not be
        for use in self.classes.uses(self.path).get(self.frame.scope, ()):
            if use.kind == "call" and self.guard_truth(use.guard) is not False:
                self.check_call(use)
        for site in (*launches(self), *mask_sites(self), *state_sites(self)):
            self.use_operator(site)
        return tuple(self.found)[:MOST_FINDINGS]

    def check_decorators(self) -> None:
        """Decorators of the function, and of the class whose method it is, that put something else in its place."""
        places = [(self.path, self.scope)]
        if self.frame.owner is not None:
            places.append((self.frame.owner[0], self.classes.scope(self.frame.owner)))
        for path, scope in places:
            for mark in scope.decorators:
                callee = mark.callee if isinstance(mark, Called) else mark
                if isinstance(callee, External):
                    for item in self.interpreter.knowledge.against(callee.name, ()):
                        found = Finding(item.rule_id, item.operator, path, scope.span.line, item.message, True, item.targets)
                        self.found.setdefault(found, None)

    def check_branch(self, guard: Guard) -> None:
        """A condition that depends on the value of a tensor."""
        if self.guard_truth(guard.parent) is False:
            return
        found = self.value(guard.test, guard.line, 0)
        if truth(found) == "data":
            message = "A branch depends on the value of a tensor: use torch.where or torch.cond"
            self.note("branch-on-tensor-value", "", guard.line, message, guard.parent, found != UNSURE)

    def check_changes(self) -> None:
        """A module that is moved or cast while the model runs."""
        for binding in self.classes.changes(self.path).get(self.frame.scope, ()):
            value = binding.value
            callee = value.callee if isinstance(value, Called) else None
            is_same = isinstance(callee, Local) and ".".join((callee.name, *callee.attributes[:-1])) == binding.target
            if is_same and isinstance(callee, Local) and callee.attributes[-1] in ("to", "half", "float", "double", "cuda", "cpu"):
                owner = self.value(callee._replace(attributes=callee.attributes[:-1]), binding.line, 0)
                if owner.kind in ("module", "layer", "container"):
                    message = "A module is cast or moved while the model runs: do it before exporting"
                    self.note("module-changed-in-forward", "", binding.line, message, binding.guard)

    def check_call(self, use: Use) -> None:
        """A call: of something that has no place in an exported graph, or of code of ours that is walked in turn."""
        line = use.span.line
        self.guard_of_call = use.guard
        outcome = self.called(use.target, use.arguments, line, 0)
        self.guard_of_call = NO_GUARD
        certain = self.guard_truth(use.guard) is True
        for site in outcome.sites:
            self.use_operator(site if certain else site._replace(is_certain=False))
        is_alternative = not certain and bool(outcome.findings) and self.is_alternative(use.target, line)
        for finding in outcome.findings[:MOST_FINDINGS]:
            is_kept = certain or (is_alternative and finding.rule_id in ONE_OF_MANY)
            self.found.setdefault(finding if is_kept else finding._replace(is_certain=False), None)
        if use.is_required and truth(outcome.returns) == "data" and not self.is_test(use):
            message = "An assertion depends on the value of a tensor: leave it out, or use torch._check"
            self.note("branch-on-tensor-value", "", line, message, use.guard, outcome.returns != UNSURE)
        self.check_operator(use, line)

    def is_alternative(self, target: Value, line: int) -> bool:
        """Whether one of several modules is called, which one being a setting of the layer."""
        found = self.value(target, line, 1) if isinstance(target, Local) else UNKNOWN
        return found.kind == "container" and found.const == CHOICE

    def is_test(self, use: Use) -> bool:
        """Whether a call stands in a condition that is looked at as such."""
        last = use.span.line
        return any(guard.line == last for _, guard in self.interpreter.guards_between(self.path, last, last))

    def check_operator(self, use: Use, line: int) -> None:
        """What the tables say against a call; where it is an operator, as what gives no tensor is not, that it is used."""
        name = self.outside_name(use.target, line)
        is_sure = self.guard_truth(use.guard) is True
        if name.startswith(OPERATOR_PACKAGES) and not name.endswith(".apply"):
            self.use_operator(OperatorSite(f"{name}{self.way_of(name, use)}", self.path, line, is_sure))
        else:
            for site in sites_of(self, use.target, line, is_sure):
                self.use_operator(site._replace(name=f"{site.name}{self.way_of(site.name, use)}"))
        if not name:
            return
        gives_tensor = not name.startswith((*STATIC_FUNCTIONS, *STATIC_PACKAGES))
        if name.startswith(OPERATOR_PACKAGES) and gives_tensor:
            self.interpreter.used.setdefault(name, set()).add((self.path, line))
        for item in self.interpreter.knowledge.against(name, self.with_types(name, use.arguments, line)):
            if (gives_tensor or item.operator != name) and (not item.needs_tensor or self.is_given_tensor(use, line)):
                self.note_against(item, line, use.guard)

    def way_of(self, name: str, use: Use) -> str:
        """The way in which an operator is called, where it decides what the operator is made of."""
        if name == "torch.where" and len(use.arguments) == 1:
            return "[one argument]"
        if not name.endswith(".repeat_interleave"):
            return ""
        label = "1" if name == "torch.repeat_interleave" else "0"
        repeats = [argument.value for argument in use.arguments if argument.label in (label, "repeats")]
        is_number = bool(repeats) and self.value(repeats[0], use.span.line, 1).kind in ("const", "static")
        return "[number]" if is_number else ""

    def is_given_tensor(self, use: Use, line: int) -> bool:
        """Whether a tensor, or a module with its tensors, is among the arguments."""
        return any(self.value(argument.value, line, 1).kind in ("tensor", "module", "container") for argument in use.arguments)

    def outside_name(self, target: Value, line: int) -> str:
        """The dotted outside name that a callee means: a function, or a method of a tensor."""
        if isinstance(target, External):
            return target.name
        if isinstance(target, Local) and target.attributes:
            owner = self.value(target._replace(attributes=target.attributes[:-1]), line, 1)
            return f"torch.Tensor.{target.attributes[-1]}" if owner.kind == "tensor" else ""
        if isinstance(target, Member) and target.attributes:
            inner = target.owner if len(target.attributes) == 1 else target._replace(attributes=target.attributes[:-1])
            owner = self.value(inner, line, 1)
            return f"torch.Tensor.{target.attributes[-1]}" if owner.kind == "tensor" else ""
        return ""

    def returned(self) -> Abstract:
        """What the function gives back."""
        values = []
        for binding in self.program.bound(self.path, self.frame.scope, "return"):
            runs = self.guard_truth(binding.guard)
            if runs is not False:
                value = self.value(binding.value, binding.line, 0)
                values.append(value if runs else without_objects(value))
        return join(values) if values else NONE
