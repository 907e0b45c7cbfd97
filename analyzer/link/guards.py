"""Whether code already has a path without CUDA: availability checks, device tests, options that are off by default."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

from analyzer.discover.kinds import is_test_path
from analyzer.knowledge.vocabulary import load_vocabulary
from analyzer.link.handed_out import functions_handed_out
from analyzer.link.program import CallSite, Program, bindings_of
from analyzer.model.facts import (
    CALCULATIONS,
    MODULE_SCOPE,
    NO_GUARD,
    Binding,
    Called,
    Choice,
    Condition,
    Constant,
    External,
    Guard,
    Item,
    Local,
    Member,
    Text,
    Value,
)
from analyzer.model.named_tuple import NamedTuple

DEEPEST = 5
MOST_CALLERS = 64
DEEPEST_CALLS = 64
"""How many functions may call on before following gives up, and says so in the coverage."""
_ACCELERATOR = (
    r"cuda|gpu|gpus|hip|rocm|npu|xpu|mps|hpu|mlu|musa|tpu|xla|nccl|triton|apex|xformers|cudnn|tensorrt|trt|cupy|numba|nvml"
)
_AVAILABILITY_NAME = (
    rf"^_?(is|on|has|have|use|using|with|supports?|enable|enabled)_(?:\w+_)?({_ACCELERATOR}|flash|kernels?)\d*(_\w+)?$"
    rf"|^_?({_ACCELERATOR})(_\w+)?_(available|installed|enabled|supported|found|present)$"
    rf"|^_?(requires?|needs?|only|skip(_if|_unless|_when)?(_no|_not)?|multi|large|test)_?(\w+_)?({_ACCELERATOR})s?(_\w+)?$"
    rf"|^({_ACCELERATOR})_(test|only|required|needed)$"
    r"|^_?(is|has|have)_\w+_(available|installed|supported)$|^_?\w+_(available|installed)$"
)
"""Names such as `has_cuda`, `use_flash_attn`, `is_npu_available`, `TRITON_INSTALLED`: what they hold is a check."""
_OTHER_VENDOR = re.compile(r"(^|[._ `])(hip|rocm|is_?npu|npu|xpu|mps|hpu|mlu|musa|tpu|xla)([._ `]|$)", re.IGNORECASE)
_DEVICE_WORD = re.compile(r"^(cuda|gpu|cpu|mps|xpu|npu|hpu|tpu|xla|hip|rocm|meta|neuron)(:.*)?$", re.IGNORECASE)
_DEVICE_ATTRIBUTES = frozenset({"is_cuda", "is_cpu", "is_mps", "is_xpu"})


@lru_cache(maxsize=65536)
def is_availability_name(name: str) -> bool:
    """Whether a name says that what it holds is a check. The expression takes 2 ms to compile, and not every file asks."""
    return re.match(_AVAILABILITY_NAME, name, re.IGNORECASE) is not None


class Guarding(NamedTuple):
    """Whether code only runs under a check, and what happens where the check fails."""

    words: str
    """The check ("torch.cuda.is_available(), line 12"), or "" where there is none."""
    has_other_way: bool
    """Elsewhere the code goes another way, or needs none. False where a test is left out or an error is raised."""


NOT_GUARDED = Guarding("", False)


class GuardReader:
    """Answers, with a memory, which guard of a file is a check for an accelerator."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.vocabulary = load_vocabulary()
        self.known: dict[tuple[str, int], Guarding] = {}
        self.known_calls: dict[tuple[str, int], Guarding] = {}
        self.open_calls = 0
        """How many functions are being asked about, each because it calls the one before."""
        self.gave_up: set[str] = set()

    def forget_answers(self) -> None:
        """Begin with an empty memory: limits make an answer depend on what was asked before."""
        self.known.clear()
        self.known_calls.clear()

    @cached_property
    def handed_out(self) -> frozenset[tuple[str, int]]:
        """The functions whose calls cannot all be told."""
        return functions_handed_out(self.program)

    def guarding_in(self, path: str, guard: int, scope: int) -> Guarding:
        """What guards code in a scope: its own guard, or one under which every call of a function around it stands."""
        own = self.guarding(path, guard)
        if own.has_other_way or scope == MODULE_SCOPE:
            return own
        scopes = self.program.python(path).scopes
        while scope > MODULE_SCOPE:
            if scopes[scope].kind == "function":
                called = self.guarding_of_calls(path, scope)
                if called.has_other_way:
                    return called
            scope = scopes[scope].parent
        return own

    def guarding_of_calls(self, path: str, scope: int) -> Guarding:
        """What guards every call of a function, where all of its calls are known; tests are no callers of other code."""
        key = (path, scope)
        if key not in self.known_calls:
            if self.open_calls >= DEEPEST_CALLS:
                self.gave_up.add(path)
                return NOT_GUARDED
            self.open_calls += 1
            self.known_calls[key] = NOT_GUARDED  # the answer for functions that call each other
            self.known_calls[key] = self.find_guarding_of_calls(path, scope)
            self.open_calls -= 1
        return self.known_calls[key]

    def find_guarding_of_calls(self, path: str, scope: int) -> Guarding:
        """The answer of `guarding_of_calls` that is then remembered."""
        key = (path, scope)
        sites = [
            site
            for site in self.program.call_sites.get(key, ())
            if (is_test_path(path) or not is_test_path(site.path)) and not self.is_within(path, scope, site)
        ]
        if not sites or len(sites) > MOST_CALLERS or key in self.handed_out:
            return NOT_GUARDED
        first = NOT_GUARDED
        for site in sites:
            found = self.guarding_in(site.path, site.use.guard, site.use.scope)
            if not found.has_other_way:
                return NOT_GUARDED
            first = first if first.words else Guarding(f"called only where {found.words} of {site.path}", True)
        return first

    def is_within(self, path: str, scope: int, site: CallSite) -> bool:
        """Whether a call stands in the very function that it calls."""
        inner = site.use.scope if site.path == path else MODULE_SCOPE
        while inner > scope:
            inner = self.program.python(path).scopes[inner].parent
        return site.path == path and inner == scope

    def guarding(self, path: str, guard: int) -> Guarding:
        """What guards the code; a guard with another way outside one without counts first."""
        if guard == NO_GUARD:
            return NOT_GUARDED
        key = (path, guard)
        if key not in self.known:
            entry = self.program.python(path).guards[guard]
            own = ""
            if entry.kind in ("if", "else"):
                own = self.check(path, entry)
                if not own and self.truth(path, entry.test, DEEPEST) == (entry.kind == "else"):
                    own = "an option that is off by default"
            elif entry.kind in ("try-import", "except-import"):
                own = "a failed import is handled"
            elif entry.kind == "mark":
                own = "it decides whether a test runs"
            elif entry.kind in ("try", "except"):
                own = "a failure is handled"
            outer = self.guarding(path, entry.parent)
            if own and (entry.elsewhere == "other" or not outer.has_other_way):
                reason = {"skipped": "left out elsewhere: ", "refused": "refused elsewhere: "}.get(entry.elsewhere, "")
                self.known[key] = Guarding(f"{reason}{own}, line {entry.line}", entry.elsewhere == "other")
            else:
                self.known[key] = outer
        return self.known[key]

    def check(self, path: str, entry: Guard) -> str:
        """Why the code behind a guard runs only where there is an accelerator, or ""."""
        found = self.test(path, entry.test, DEEPEST)
        if not found:
            return ""
        holds = 1 if entry.kind == "if" else -1
        is_host_too = entry.kind == "else" and "mps" in found  # what is no Apple GPU may have none at all
        is_opposite = self.sign(path, entry.test, DEEPEST) * holds < 0 and not _OTHER_VENDOR.search(found)
        return "" if is_host_too or is_opposite else found

    def sign(self, path: str, test: Value, depth: int) -> int:
        """1 where a check holds with CUDA, -1 where it holds without, 0 where that cannot be told."""
        if depth <= 0:
            return 0
        if isinstance(test, Condition):
            return self.sign_of_condition(path, test, depth) if test.operator not in CALCULATIONS else 0
        if isinstance(test, Local) and not test.attributes:
            bound = self.program.bound(path, test.scope, test.name)
            if len(bound) == 1 and bound[0].kind == "assign" and isinstance(bound[0].value, Condition):
                return self.sign(path, bound[0].value, depth - 1)
        found = self.test(path, test, depth - 1)
        return (-1 if _OTHER_VENDOR.search(found) else 1) if found else 0

    def sign_of_condition(self, path: str, test: Condition, depth: int) -> int:
        """`not a`, `a == "cuda"`, `a != "cuda"`, `a is None`, `count() > 1`, and what they are joined to."""
        signs = [self.sign(path, operand, depth - 1) for operand in test.operands]
        if test.operator == "not":
            return -signs[0]
        if test.operator in ("and", "or"):
            known = {sign for sign in signs if sign}
            return known.pop() if len(known) == 1 else 0
        words = [operand.text.lower() for operand in test.operands if isinstance(operand, Text)]
        if words:
            own = 1 if words[0].startswith(("cuda", "gpu")) else -1 if words[0].startswith("cpu") else 0
            return own * {"==": 1, "in": 1, "!=": -1, "not in": -1}.get(test.operator, 0)
        base = next((sign for sign in signs if sign), 0)
        nothing = {Constant("None"), Constant("0"), Constant("False")}.intersection(test.operands)
        negative = test.operator in ("is", "==", "<=") if nothing else test.operator in ("is not", "!=", "<")
        return -base if negative else base

    def test(self, path: str, test: Value, depth: int) -> str:
        """Why a condition is a check for an accelerator, or ""."""
        if depth <= 0:
            return ""
        if isinstance(test, Condition):
            return self.comparison(path, test, depth) if test.operator not in CALCULATIONS else ""
        if isinstance(test, Called):
            return self.call(path, test, depth)
        if isinstance(test, External):
            if test.name in self.vocabulary.availability_checks:
                return ""  # the function itself, never called: it always holds
            return self.external(path, test.name, depth)
        if isinstance(test, Local):
            return self.local(path, test, depth)
        if isinstance(test, Member):
            last = test.attributes[-1] if test.attributes else ""
            return f"`{last}` is checked" if last in _DEVICE_ATTRIBUTES else ""
        if isinstance(test, Choice):
            return next((found for option in test.options if (found := self.test(path, option, depth - 1))), "")
        return ""

    def comparison(self, path: str, test: Condition, depth: int) -> str:
        """`device == "cuda"`, `flash_attn is not None`, `not has_cuda`, `a and b`."""
        for operand in test.operands:
            if isinstance(operand, Text) and _DEVICE_WORD.match(operand.text) and self.is_device_like(test):
                return f'a device is compared with "{operand.text}"'
        return next((found for operand in test.operands if (found := self.test(path, operand, depth - 1))), "")

    def is_device_like(self, test: Condition) -> bool:
        """Whether the other side of a comparison can be a device: anything but a second constant."""
        return not all(isinstance(operand, Text | Constant) for operand in test.operands)

    def call(self, path: str, test: Called, depth: int) -> str:
        """`torch.cuda.is_available()`, a helper of the repository, `str(device).startswith("cuda")`."""
        if isinstance(test.callee, External):
            found = self.external(path, test.callee.name, depth - 1)
        else:
            found = self.test(path, test.callee, depth - 1)
        if found:
            return found
        last = _last(test.callee)
        if last in ("startswith", "get", "hasattr", "getattr", "bool", "str", "len", "any", "all", "int"):
            for argument in test.arguments:
                value = argument.value
                if isinstance(value, Text) and _DEVICE_WORD.match(value.text):
                    return f'a device is compared with "{value.text}"'
            return next((word for a in test.arguments if (word := self.test(path, a.value, depth - 1))), "")
        return ""

    def external(self, path: str, name: str, depth: int) -> str:
        """A name that an import leads to: a known check, a constant or helper of another module, a missing library."""
        if name in self.vocabulary.availability_checks:
            return f"{name}()"
        if name in self.vocabulary.availability_constants:
            return f"{name} is checked"
        last = name.rpartition(".")[2]
        found = self.program.modules.split(name, path)
        if found and found[1]:
            module, attributes = found
            self.program.require(path, External(name))
            inner = self.test(module, Local(MODULE_SCOPE, attributes[0], attributes[1:]), depth - 1)
            if inner:
                return inner
        if is_availability_name(last) or (name.startswith("pytest.mark.") and re.fullmatch(_ACCELERATOR, last, re.IGNORECASE)):
            return f"{last} is checked"
        return "a library that may be missing is checked" if self.may_be_missing(path, name) else ""

    def may_be_missing(self, path: str, name: str) -> bool:
        """Whether the import of a name is inside a try that survives its failure."""
        python = self.program.python(path)
        top = name.split(".", maxsplit=1)[0]
        return any(
            entry.guard != NO_GUARD
            and python.guards[entry.guard].kind in ("try-import", "except-import")
            and entry.module.split(".")[0] == top
            for entry in python.imports
        )

    def local(self, path: str, test: Local, depth: int) -> str:
        """A variable or attribute: a check was assigned to it, its name says so, or it is an option that is off."""
        last = test.attributes[-1] if test.attributes else test.name
        if last in _DEVICE_ATTRIBUTES:
            return f"`{last}` is checked"
        if test.attributes:
            if is_availability_name(last):
                return f"{last} is checked"
            given = (binding.value for binding in bindings_of(self.program, path, test) if binding.kind == "assign")
            return next((found for value in given if (found := self.test(path, value, depth - 1))), "")
        python = self.program.python(path)
        for binding in self.program.bound(path, test.scope, test.name):
            if binding.kind == "definition" and isinstance(binding.value, Local):
                for returned in self.program.bound(path, binding.value.scope, "return"):
                    if found := self.test(path, returned.value, depth - 1):
                        return found
            elif binding.kind in ("assign", "with"):
                kind = python.guards[binding.guard].kind if binding.guard != NO_GUARD else ""
                if kind in ("try-import", "except-import") and isinstance(binding.value, Constant):
                    return f"{test.name} says whether a library is there"
                if found := self.test(path, binding.value, depth - 1):
                    return found
        if (test.scope, test.name) in self.program.imported[path]:
            return ""
        return f"{test.name} is checked" if is_availability_name(test.name) else ""

    # ---- options -----------------------------------------------------------------------------------------------------

    def truth(self, path: str, test: Value, depth: int) -> bool | None:
        """Whether a condition holds when nobody changes an option, or None where that cannot be told."""
        if depth <= 0:
            return None
        if isinstance(test, Constant):
            return test.text not in ("False", "0", "None", "0.0")
        if isinstance(test, Text):
            return bool(test.text)
        if isinstance(test, Condition):
            return self.truth_of_test(path, test, depth)
        if isinstance(test, Local):
            return self.truth_of_name(path, test, depth)
        return None

    def truth_of_test(self, path: str, test: Condition, depth: int) -> bool | None:
        """`not a`, `a and b`, `a or b`, `a is None`."""
        truths = [self.truth(path, operand, depth - 1) for operand in test.operands]
        if test.operator == "not":
            return None if truths[0] is None else not truths[0]
        if test.operator == "and":
            return False if False in truths else (None if None in truths else True)
        if test.operator == "or":
            return True if True in truths else (None if None in truths else False)
        return None

    def truth_of_name(self, path: str, test: Local, depth: int) -> bool | None:
        """An option, a parameter or a constant that has one value only."""
        if test.attributes:
            defaults = [
                Constant("None") if entry.default is None else entry.default
                for entry in self.program.options.get(test.attributes[-1], ())
            ]
        else:
            bindings = [b for b in self.program.bound(path, test.scope, test.name) if b.kind != "annotation"]
            if any(binding.kind not in ("assign", "parameter") for binding in bindings):
                return None
            if any(self.is_passed(path, binding) for binding in bindings if binding.kind == "parameter"):
                return None
            defaults = [binding.value for binding in bindings]
        if not defaults or not all(isinstance(default, Constant | Text) for default in defaults):
            return None
        truths = {self.truth(path, default, depth - 1) for default in defaults}
        return truths.pop() if len(truths) == 1 else None

    def is_passed(self, path: str, binding: Binding) -> bool:
        """Whether a call of ours gives a parameter its value."""
        sites = self.program.call_sites.get((path, binding.scope), ())
        return any(self.program.argument_of(path, binding, site.use) is not None for site in sites)


def _last(callee: Value) -> str:
    if isinstance(callee, External):
        return callee.name.rpartition(".")[2]
    if isinstance(callee, Local | Member):
        return callee.attributes[-1] if callee.attributes else getattr(callee, "name", "")
    return callee.key if isinstance(callee, Item) else ""
