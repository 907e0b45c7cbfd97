"""Reads and validates the files of rules and the vocabulary of capabilities."""

from __future__ import annotations

import hashlib
import re

from analyzer.knowledge.data_files import toml_files
from analyzer.knowledge.toml_reader import Table, read_rules_file, read_toml
from analyzer.model.capability import Capability
from analyzer.model.rule import CONFIDENCES, MATCH_KINDS, SEVERITIES, Match, Rewrite, Rule

CAPABILITY_KINDS = ("", "library", "kernel", "query", "engine", "framework")
REWRITE_KINDS = ("replace-callee", "method-to-device", "device-literal")
USE_ROLES = ("call", "read", "write", "required", "test")
EXTENSION_ROLES = ("import", "call")
LITERAL_ROLES = ("compare", "assign", "default", "item", "element", "subscript", "return", "argument", "key")
_ID = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")

ALLOWED_KEYS = {
    "import": {"names", "unless"},
    "use": {"names", "unless", "roles"},
    "call": {"names", "unless", "arguments", "values"},
    "decorator": {"names", "unless"},
    "base": {"names", "unless"},
    "method": {"names", "unless", "receivers", "arguments", "values", "roles"},
    "argument": {"names", "unless", "arguments", "values"},
    "literal": {"values", "roles", "labels"},
    "environment": {"names", "unless", "values", "unless_values", "files"},
    "requirement": {"names", "unless", "values", "unless_values", "files"},
    "index": {"values", "unless_values", "files"},
    "image": {"names", "unless", "files"},
    "command": {"names", "unless", "values", "unless_values", "files"},
    "option": {"names", "unless", "values", "unless_values", "files"},
    "setting": {"names", "unless", "values", "unless_values", "files"},
    "instance": {"names", "unless", "files"},
    "artifact": {"names", "unless", "values", "unless_values", "files"},
    "locked": {"names", "unless", "values"},
    "kernel": {"names"},
    "extension": {"roles"},
    "launch": {"names"},
    "assign": {"names", "unless", "values"},
    "file": {"files"},
}
REQUIRED_KEY = {
    "argument": "values", "literal": "values", "index": "values", "file": "files", "extension": "roles", "option": "values",
}  # fmt: skip


def load_capabilities() -> tuple[Capability, ...]:
    """The vocabulary, in the order of the file."""
    document = read_rules_file("capabilities")
    capabilities = []
    for table in document.tables("capability"):
        capabilities.append(
            Capability(
                table.text("id"), table.text("title"), table.text("description"), table.text("kind", "", choices=CAPABILITY_KINDS)
            )
        )
        table.finish()
    document.finish()
    return tuple(capabilities)


def read_rules() -> tuple[tuple[Rule, ...], tuple[Capability, ...], str]:
    """All rules under `rules/patterns` sorted by id, the vocabulary, and the digest of the files they came from."""
    capabilities = load_capabilities()
    known = tuple(capability.id for capability in capabilities)
    rules: dict[str, Rule] = {}
    digest = hashlib.sha256()
    for source, file in toml_files("patterns"):
        digest.update(file.read_bytes())
        document = read_toml(source, file)
        family = source.rpartition("/")[2].removesuffix(".toml")
        for table in document.tables("rule"):
            rule = read_rule(table, family, known)
            if rule.id in rules:
                raise table.fail("id", f"{rule.id!r} is taken by a rule in rules/patterns/{rules[rule.id].family}.toml")
            rules[rule.id] = rule
        document.finish()
    return tuple(rules[key] for key in sorted(rules)), capabilities, digest.hexdigest()[:12]


def read_rule(table: Table, family: str, capabilities: tuple[str, ...]) -> Rule:
    """One rule. Raises `UserInputError` naming file, rule and key."""
    rule_id = table.text("id")
    if not _ID.match(rule_id):
        raise table.fail("id", f"is {rule_id!r}, must be lower-case words joined by hyphens")
    references = table.texts("references")
    if not references:
        raise table.fail("references", "must name at least one source")
    rule = Rule(
        id=rule_id,
        family=family,
        title=table.text("title"),
        why=table.text("why"),
        capability=table.text("capability", choices=capabilities),
        severity=table.text("severity", choices=SEVERITIES),
        guarded_severity=table.text("guarded_severity", "info", choices=SEVERITIES),
        confidence=table.text("confidence", choices=CONFIDENCES),
        replacement=table.text("replacement"),
        references=references,
        matches=tuple(read_match(match) for match in table.tables("match")),
        rewrite=read_rewrite(table.table("rewrite")) if table.has("rewrite") else None,
        tags=table.texts("tags", ()),
    )
    table.finish()
    return rule


def read_match(table: Table) -> Match:
    """One `[[rule.match]]`: only the keys that its kind knows."""
    kind = table.text("kind", choices=MATCH_KINDS)
    match = Match(
        kind=kind,
        names=table.texts("names", ()),
        receivers=table.texts("receivers", ()),
        arguments=table.texts("arguments", ()),
        values=table.texts("values", ()),
        roles=table.texts("roles", ()),
        labels=table.texts("labels", ()),
        files=table.texts("files", ()),
        unless=table.texts("unless", ()),
        unless_values=table.texts("unless_values", ()),
    )
    table.finish()
    for key in table.values:
        if key != "kind" and key not in ALLOWED_KEYS[kind]:
            raise table.fail(key, f"has no meaning for kind {kind!r} (it knows {', '.join(sorted(ALLOWED_KEYS[kind]))})")
    required = REQUIRED_KEY.get(kind, "names")
    if not getattr(match, required):
        raise table.fail(required, f"is needed for kind {kind!r}")
    if match.arguments and not match.values:
        raise table.fail("values", "is needed where `arguments` are named")
    roles = {"literal": LITERAL_ROLES, "extension": EXTENSION_ROLES}.get(kind, USE_ROLES)
    for role in match.roles:
        if role not in roles:
            raise table.fail("roles", f"{role!r} is not one of {', '.join(roles)}")
    return match


def read_rewrite(table: Table) -> Rewrite:
    """The `[rule.rewrite]` table."""
    rewrite = Rewrite(
        kind=table.text("kind", choices=REWRITE_KINDS),
        to=table.text("to"),
        since=table.text("since"),
        note=table.text("note"),
        reference=table.text("reference"),
    )
    table.finish()
    return rewrite
