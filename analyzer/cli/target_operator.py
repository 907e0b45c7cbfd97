"""`offramp targets TARGET --operator NAME`: what is known about one operator, source by source."""

from __future__ import annotations

import json

import click

from analyzer.model.errors import UserInputError
from analyzer.model.operators import OperatorAnswer, Statement
from analyzer.model.target import Target
from analyzer.report.printable import printable


def show_operator(target: Target, name: str, dtype: str, version: str, as_json: bool) -> None:
    """Print the answer. Raises `UserInputError` for a target, operator, dtype or version that is not known."""
    from analyzer.knowledge.operators import answer_operator

    if not name:
        raise UserInputError("--operator", "", "is needed for --dtype and --sdk-version to mean something")
    answer = answer_operator(target.id, name, dtype, version)
    if as_json:
        shown = {**answer._asdict(), "statements": [statement._asdict() for statement in answer.statements]}
        click.echo(json.dumps(shown, indent=2))
        return
    for line in operator_lines(answer):
        click.echo(printable(line))


def operator_lines(answer: OperatorAnswer) -> list[str]:
    """The answer as lines of text: the status, then every statement, contradictions included."""
    lines = [f"{answer.name} on {answer.target_id}: {answer.status} (confidence {answer.confidence})"]
    own = [statement for statement in answer.statements if statement.applies]
    said: dict[str, set[str]] = {}
    for statement in own:
        if statement.evidence.startswith(("documented", "release-note")) and statement.status != "unknown":
            said.setdefault(statement.variant, set()).add(statement.status)
    if any(len(statuses) > 1 for statuses in said.values()):
        lines.append("The sources contradict each other; all of them are shown.")
    for statement in own:
        lines.extend(statement_lines(statement))
    others = [statement for statement in answer.statements if not statement.applies]
    if others:
        lines.append("About other hardware or software:")
        for statement in others:
            lines.extend(statement_lines(statement))
    lacking = [(name, version, missing) for name, version, _, missing in answer.providers if missing]
    if answer.providers:
        able = [f"{name} {version}" for name, version, _, missing in answer.providers if not missing]
        lines.append(f"Kernels for everything in the exported graph: {', '.join(able) or 'none'}")
    lines.extend(f"- {name} {version} has no kernel for {', '.join(missing)}" for name, version, missing in lacking)
    return lines


def statement_lines(statement: Statement) -> list[str]:
    """One statement, with what it rests on."""
    way = f"[{statement.variant}]" if statement.variant else ""
    dtype = f" {statement.dtype}" if statement.dtype else ""
    lines = [f"- {statement.operator}{way}{dtype}: {statement.status} ({statement.evidence}; {statement.framework})"]
    if statement.note:
        lines.append(f"    {statement.note}")
    if statement.example:
        lines.append(f"    fails with: {statement.example}")
    lines.append(f"    {statement.version}{', ' + statement.as_of if statement.as_of else ''}; {statement.source}")
    return lines
