"""Loads `rules/vocabulary.toml`."""

from __future__ import annotations

from functools import lru_cache

from analyzer.cache.folder import recall, remember
from analyzer.knowledge.rule_cache import stamp
from analyzer.model.vocabulary import Vocabulary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """The names that linking needs to know; the file is read again only when it has changed."""
    key = stamp("vocabulary.toml")
    stored: Any = recall("vocabulary", key) if key else None
    if (
        isinstance(stored, list)
        and len(stored) == len(Vocabulary._fields)
        and all(isinstance(entry, list | dict) for entry in stored)
    ):
        values: list[Any] = [frozenset(entry) if isinstance(entry, list) else entry for entry in stored]
        return Vocabulary(*values)
    vocabulary = read_vocabulary()
    if key:
        remember("vocabulary", key, [sorted(value) if isinstance(value, frozenset) else value for value in vocabulary])
    return vocabulary


def read_vocabulary() -> Vocabulary:
    """The names as the file has them. Raises `UserInputError` where it is not as it must be."""
    from analyzer.knowledge.toml_reader import read_rules_file

    table = read_rules_file("vocabulary")
    features, languages = table.table("kernel_features"), table.table("kernel_languages")
    vocabulary = Vocabulary(
        availability_checks=frozenset(table.texts("availability_checks")),
        availability_constants=frozenset(table.texts("availability_constants")),
        option_holders=frozenset(table.texts("option_holders")),
        plain_packages=frozenset(table.texts("plain_packages")),
        kernel_decorators=frozenset(table.texts("kernel_decorators")),
        kernel_helper_decorators=frozenset(table.texts("kernel_helper_decorators")),
        kernel_languages={package: languages.text(package) for package in languages.values},
        kernel_features={name: word for word in features.values for name in features.texts(word)},
        model_frameworks=frozenset(table.texts("model_frameworks")),
        extension_builders={
            **dict.fromkeys(table.texts("cuda_extension_builders"), "cuda"),
            **dict.fromkeys(table.texts("extension_builders"), "any"),
        },
    )
    features.finish()
    languages.finish()
    table.finish()
    return vocabulary
