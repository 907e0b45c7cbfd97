"""All rules as one value; their files are read again only when they have changed."""

from __future__ import annotations

from analyzer.knowledge.rule_cache import recall_rules, remember_rules, stamp
from analyzer.model.capability import Capability
from analyzer.model.errors import UserInputError
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.rule import Rule


class RuleBook(NamedTuple):
    """All rules, sorted by id, with the digest of the files they came from."""

    rules: tuple[Rule, ...]
    capabilities: tuple[Capability, ...]
    version: str
    has_surfaces: bool = False
    """Whether some of the rules are of names that a library's surface tells."""

    def rule(self, rule_id: str) -> Rule:
        """The rule with an id. Raises `UserInputError` with the nearest id."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        from analyzer.knowledge.toml_reader import nearest

        hint = nearest(rule_id, [rule.id for rule in self.rules])
        raise UserInputError("rule", rule_id, f"there is no such rule{hint}")


def load_rules() -> RuleBook:
    """All rules. Raises `UserInputError` for a rule file that is not as it must be."""
    key = stamp("patterns", "capabilities.toml")
    found = recall_rules(key)
    if found is None:
        from analyzer.knowledge.rule_files import read_rules  # reading TOML takes longer than all else that a hook does

        found = read_rules()
        remember_rules(key, *found)
    return RuleBook(*found)
