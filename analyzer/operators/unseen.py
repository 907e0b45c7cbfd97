"""What a model calls that the walk does not enter: modules that its caller chooses, code of others, own autograd functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzer.link.program import class_of_self
from analyzer.model.facts import ELEMENT, MODULE_SCOPE, Called, Choice, Constant, External, Item, Local, Member, Use, Value
from analyzer.operators.abstract import Abstract, ClassPlace, OperatorSite
from analyzer.operators.classes import MODULE_BASES, function_around

if TYPE_CHECKING:
    from analyzer.operators.walker import Walker

NONE_VALUE = Constant("None")
MOST_CHOICES = 8
DEEPEST_CHOICE = 6
AUTOGRAD_FUNCTION = ("torch.autograd.Function", "torch.autograd.function.Function")


def sites_of(walker: Walker, target: Value, line: int, is_certain: bool) -> Iterator[OperatorSite]:
    """The names outside that a call means, where it is neither walked nor an operator by its own name."""
    if isinstance(target, Member):
        yield from of_super(walker, target, line, is_certain)
    if isinstance(target, Local) and target.attributes:
        if walker.frame.owner is None and len(target.attributes) == 1 and is_self_of_class(walker, target):
            yield OperatorSite(f"self.{target.attributes[0]}", walker.path, line, is_certain)
            return
        name = called_attribute(walker, target)
        if name and walker.frame.owner is not None:
            yield from of_attribute(walker, walker.frame.owner, name, line, is_certain)
            return
    if isinstance(target, Local) and not is_of_module(walker, target):
        yield from of_local(walker, target, line, is_certain)
    if not isinstance(target, External | Local) or (isinstance(target, Local) and not is_of_module(walker, target)):
        return
    if is_walked(walker, target):
        return
    for path, value in followed(walker, walker.path, target, 0):
        yield from of_value(walker, path, value, line, is_certain)


def of_super(walker: Walker, target: Member, line: int, is_certain: bool) -> Iterator[OperatorSite]:
    """The layer of torch whose forward pass `super().forward` is, where no class of ours comes before it."""
    made = target.owner
    is_super = isinstance(made, Called) and made.callee == External("builtins.super")
    owner = walker.frame.owner
    if not is_super or target.attributes != ("forward",) or owner is None:
        return
    if walker.classes.after(owner, (walker.path, walker.scope.parent), "forward") is None:
        for base in walker.classes.outside_bases(owner):
            if base not in MODULE_BASES:
                yield OperatorSite(base, walker.path, line, is_certain)


def launches(walker: Walker) -> Iterator[OperatorSite]:
    """Elements that the function calls: `kernel[grid](...)`, `self.layers[0](...)`."""
    for use in walker.classes.launched(walker.path).get(walker.frame.scope, ()):
        if walker.guard_truth(use.guard) is not False:
            yield from of_element(walker, use, walker.guard_truth(use.guard) is True)


def of_element(walker: Walker, use: Use, is_certain: bool) -> Iterator[OperatorSite]:
    """A call of an element: a kernel with its grid, a module of a list, something out of a table."""
    line = use.span.line
    names = (use.target.name, *use.target.attributes) if isinstance(use.target, Local) else ()
    written = ".".join(names) or (use.target.name if isinstance(use.target, External) else "element")
    if (walker.path, line) in walker.interpreter.marked:
        yield OperatorSite(f"launch of {written}", walker.path, line, is_certain)
        return
    is_instance = isinstance(use.target, Local) and not use.target.attributes and is_self_of_class(walker, use.target)
    value = Abstract("unknown") if is_instance else walker.value(use.target, line, 1)
    if value.kind == "container" and not is_hollow(value):
        arguments = [walker.value(argument.value, line, 1) for argument in use.arguments]
        outcome = walker.called_value(value, use.arguments, arguments)
        layers = (OperatorSite(str(inner.const), walker.path, line, True) for _, inner in value.fields if inner.kind == "layer")
        is_one = is_certain and len(value.fields) == 1
        yield from (site if is_one else site._replace(is_certain=False) for site in (*outcome.sites, *layers))
    elif value.kind in ("unknown", "container"):
        yield OperatorSite(f"?{written}[...]", walker.path, line, is_certain)


def is_self_of_class(walker: Walker, target: Local) -> bool:
    """Whether a name is the instance whose method it stands in, or whose method is around its function."""
    around = function_around(walker.python.scopes, target.scope)
    return class_of_self(walker.python, Local(around, target.name)) is not None


def of_local(walker: Walker, target: Local, line: int, is_certain: bool) -> Iterator[OperatorSite]:
    """A call of a name of the function, or of a method of what it names, of which the walk does not know what it is."""
    written = ".".join(part for part in (target.name, *target.attributes) if part)
    if is_self_of_class(walker, target) and len(target.attributes) < 2:
        return
    inner = target._replace(attributes=target.attributes[:-1]) if target.attributes else target
    owner = walker.value(inner, line, 1)
    if target.attributes and target.attributes[-1] in (ELEMENT, "[]"):
        owner = walker.value(target, line, 1)
    is_given = owner.kind in ("static", "const") and is_self_of_class(walker, target)  # made with what only the caller knows
    last = target.attributes[-1] if target.attributes else ELEMENT
    is_of_several = owner.kind == "container" and last not in (ELEMENT, "[]") and owner.field(last) is None
    if owner.kind == "module" and owner.where is not None and target.attributes:
        is_known = walker.classes.method(owner.where, target.attributes[-1]) is not None
        part = walker.interpreter.attribute_of(owner.where, target.attributes[-1], walker.depth)
        is_given = is_given or (not is_known and (part.kind in ("const", "static") or is_hollow(part)))
    named = owner.field(last) if owner.kind == "container" else None
    if is_hollow(named or owner) or is_given or is_of_several:
        yield OperatorSite(f"?{written}", walker.path, line, is_certain)


def is_of_module(walker: Walker, target: Local) -> bool:
    """Whether a name is bound where its module is made, and not in a function."""
    return walker.python.scopes[target.scope].kind == "module"


def is_walked(walker: Walker, target: External | Local) -> bool:
    """Whether the call itself is followed into code of ours."""
    return walker.classes.resolve(walker.path, target) is not None


def of_value(walker: Walker, path: str, value: Value, line: int, is_certain: bool) -> Iterator[OperatorSite]:
    """What the call of a value means, once names of our modules are followed to what they stand for."""
    owner, is_apply = without_apply(value)
    place = walker.classes.resolve(path, owner) if isinstance(owner, External | Local) else None
    if place is not None and is_apply:
        yield from of_function_class(walker, place, line, is_certain)
    elif place is not None and walker.classes.scope(place).kind == "function" and not is_apply:
        outcome = walker.interpreter.call(place, None, (), [], walker.depth + 1)
        yield from (site if is_certain else site._replace(is_certain=False) for site in outcome.sites)
    elif place is None and isinstance(value, External):
        yield OperatorSite(value.name, walker.path, line, is_certain)
    elif place is None and isinstance(value, Local) and value.attributes:
        yield OperatorSite(".".join((value.name, *value.attributes)), walker.path, line, is_certain)


def without_apply(value: Value) -> tuple[Value, bool]:
    """The class whose `apply` a value is, and whether it is one."""
    if isinstance(value, External) and value.name.endswith(".apply"):
        return External(value.name.removesuffix(".apply")), True
    if isinstance(value, Local) and value.attributes[-1:] == ("apply",):
        return value._replace(attributes=value.attributes[:-1]), True
    return value, False


def followed(walker: Walker, path: str, value: Value, depth: int) -> Iterator[tuple[str, Value]]:
    """What a name of a module of ours stands for: another name, by way of assignments at the top of modules."""
    place, names = named_place(walker, path, value)
    bindings = walker.program.bound(place, MODULE_SCOPE, names[0]) if names else ()
    kept = tuple(binding for binding in bindings if binding.kind in ("assign", "import") and binding.value != value)
    if not kept or depth > DEEPEST_CHOICE:
        yield path, value
        return
    rest = names[1:]
    for onward in (binding.value for binding in kept[-MOST_CHOICES:]):
        if isinstance(onward, External):
            yield from followed(walker, place, External(".".join((onward.name, *rest))), depth + 1)
        elif isinstance(onward, Local):
            yield from followed(walker, place, onward._replace(attributes=(*onward.attributes, *rest)), depth + 1)
        elif isinstance(onward, Called) and isinstance(onward.callee, External) and rest:
            yield place, External(".".join((onward.callee.name, *rest)))
        else:
            yield path, value


def named_place(walker: Walker, path: str, value: Value) -> tuple[str, tuple[str, ...]]:
    """The module of ours that binds a name, and the name with its attributes; ("", ()) for a class, a function, or others' code."""
    if not isinstance(value, External | Local) or walker.classes.resolve(path, without_apply(value)[0]) is not None:
        return "", ()
    if isinstance(value, Local):
        return path, (value.name, *value.attributes)
    return walker.program.modules.split(value.name, path) or ("", ())


def called_attribute(walker: Walker, target: Local) -> str:
    """The attribute of the model of unknown origin that a call means; "" for any other call."""
    owner, name = walker.frame.owner, target.attributes[0]
    if (
        not is_self_of_class(walker, target)
        or len(target.attributes) != 1
        or owner is None
        or walker.classes.method(owner, name) is not None
    ):
        return ""
    value = walker.interpreter.attribute_of(owner, name, walker.depth)
    return name if value.kind in ("const", "static") or is_hollow(value) else ""


def is_hollow(value: Abstract, depth: int = 4) -> bool:
    """Whether a value is not known, or holds modules of which some are not."""
    if value.kind == "container" and depth:
        return not value.fields or any(is_hollow(inner, depth - 1) for _, inner in value.fields)
    return value.kind == "unknown"


def of_attribute(walker: Walker, owner: ClassPlace, name: str, line: int, is_certain: bool) -> Iterator[OperatorSite]:
    """What an attribute is made of: classes that parameters name by default, classes of others, or what cannot be told."""
    made = [
        (path, value)
        for path, _, binding in walker.classes.attribute_bindings(owner, name)[:MOST_CHOICES]
        for value in choices(walker, path, binding.value, 0)
    ]
    made = [(path, value) for path, value in made if value != NONE_VALUE]
    is_open = not made
    onwards = [onward for path, value in made for onward in followed(walker, path, value, 0)]
    for path, value in onwards:
        place = walker.classes.resolve(path, value) if isinstance(value, External | Local) else None
        if place is not None and walker.classes.scope(place).kind == "function":  # a function that makes the module
            made_by = walker.interpreter.call(place, None, (), [], walker.depth + 1).returns
            place = made_by.where if made_by.kind == "module" else None
            is_open = is_open or place is None
        elif place is None and isinstance(value, External):
            yield OperatorSite(value.name, walker.path, line, is_certain and len(onwards) == 1)
        elif place is None or not walker.classes.is_module(place):
            is_open = True
        if place is not None and walker.classes.is_module(place):
            outcome = walker.interpreter.call_method(place, "forward", (), [], walker.depth + 1)
            yield from (site if is_certain else site._replace(is_certain=False) for site in outcome.sites)
    if is_open:
        yield OperatorSite(f"self.{name}", walker.path, line, is_certain)


def choices(walker: Walker, path: str, value: Value, depth: int) -> Iterator[Value]:
    """The classes, or functions, that the value of an attribute can be made by or can be."""
    if depth > DEEPEST_CHOICE:
        yield value
    elif isinstance(value, Choice):
        for option in value.options[:MOST_CHOICES]:
            yield from choices(walker, path, option, depth + 1)
    elif isinstance(value, Called):
        yield from choices(walker, path, value.callee, depth + 1)
    elif isinstance(value, Local) and not value.attributes and walker.classes.resolve(path, value) is None:
        scopes = walker.program.python(path).scopes
        parameters = {parameter.name: parameter.default for parameter in scopes[value.scope].parameters}
        default = parameters.get(value.name)
        if default is not None and isinstance(default, External | Local | Member | Item | Called):
            yield from choices(walker, path, default, depth + 1)
        else:
            yield value
    else:
        yield value


def of_function_class(walker: Walker, place: ClassPlace, line: int, is_certain: bool) -> Iterator[OperatorSite]:
    """What the forward pass of an autograd function of ours calls."""
    function = walker.classes.method(place, "forward")
    if function is None or not set(walker.classes.outside_bases(place)) & set(AUTOGRAD_FUNCTION):
        return
    outcome = walker.interpreter.call(function, None, (), [], walker.depth + 1)
    yield from (site if is_certain else site._replace(is_certain=False) for site in outcome.sites)
