"""Names that linking needs to know (`rules/vocabulary.toml` says what each list is for)."""

from __future__ import annotations

from analyzer.model.named_tuple import NamedTuple


class Vocabulary(NamedTuple):
    """Dotted names, variable names and package names; nothing here is a finding by itself."""

    availability_checks: frozenset[str]
    availability_constants: frozenset[str]
    option_holders: frozenset[str]
    plain_packages: frozenset[str]
    kernel_decorators: frozenset[str]
    kernel_helper_decorators: frozenset[str]
    kernel_languages: dict[str, str]
    """The package that makes a kernel -> the name of the language."""
    kernel_features: dict[str, str]
    """Functions of kernel languages -> what a kernel that uses them needs of a target."""
    model_frameworks: frozenset[str]
    extension_builders: dict[str, str]
    """Calls that declare or compile an extension -> `cuda`, or `any` where its sources decide."""
