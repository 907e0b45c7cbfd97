"""The rules, filed under what is looked up first."""

from __future__ import annotations

from analyzer.detect.patterns import PatternIndex
from analyzer.knowledge.rules import RuleBook
from analyzer.model.rule import Match, Rule

CASELESS = frozenset({"requirement", "index", "image", "setting", "option", "instance", "locked"})


class RuleIndex:
    """Built once for a run, then asked for the matches that a name or label may satisfy."""

    def __init__(self, book: RuleBook) -> None:
        self.extension_rules: list[tuple[Rule, Match]] = []
        self.literal_rules: list[tuple[Rule, Match]] = []
        self.index_rules: list[tuple[Rule, Match]] = []
        self.file_rules: list[tuple[Rule, Match]] = []
        self.by_argument: dict[str, PatternIndex] = {}
        """The matches about an argument of a label, by the callee that they want."""
        self.by_name: dict[str, PatternIndex] = {}
        for rule in book.rules:
            for match in rule.matches:
                self.add(rule, match)

    def add(self, rule: Rule, match: Match) -> None:
        """File a match under what is looked up first."""
        if match.kind == "argument":
            for label in match.arguments:
                about = self.by_argument.get(label)
                if about is None:
                    about = self.by_argument[label] = PatternIndex()
                about.add_all(match.names or ("*",), rule, match)
        elif match.kind == "literal":
            self.literal_rules.append((rule, match))
        elif match.kind == "extension":
            self.extension_rules.append((rule, match))
        elif match.kind == "index":
            self.index_rules.append((rule, match))
        elif match.kind == "file":
            self.file_rules.append((rule, match))
        else:
            names = self.by_name.get(match.kind)
            if names is None:
                names = self.by_name[match.kind] = PatternIndex(match.kind in CASELESS)
            names.add_all(match.names, rule, match)

    def named(self, kind: str, name: str) -> tuple[tuple[Rule, Match], ...]:
        """The matches of a kind that a name satisfies."""
        index = self.by_name.get(kind)
        return index.find(name) if index else ()
