"""Loads `rules/vocabulary.toml`."""

from __future__ import annotations

from functools import lru_cache

from analyzer.knowledge.data_files import data_folder
from analyzer.knowledge.toml_reader import read_toml
from analyzer.model.vocabulary import Vocabulary


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """The names that linking needs to know."""
    table = read_toml("rules/vocabulary.toml", data_folder("rules").joinpath("vocabulary.toml"))
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
