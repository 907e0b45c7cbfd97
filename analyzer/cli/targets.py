"""`offramp targets`: the places to move to, with their status and date, and what is known of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import click

from analyzer.assess.maturity import age_note, maturity_on
from analyzer.cli.dates import day
from analyzer.cli.target_onnx import show_onnx
from analyzer.cli.target_operator import show_operator
from analyzer.cli.target_tables import feature_lines, issue_lines, lifecycle_lines, package_lines, replacement_lines
from analyzer.knowledge.lifecycle import load_lifecycle
from analyzer.knowledge.targets import find_target, load_targets
from analyzer.model.errors import UserInputError
from analyzer.model.target import VERDICTS, Support, Target


@click.command("targets")
@click.argument("target_id", metavar="[TARGET]", required=False)
@click.option("--as-of", metavar="DATE", help="What was known on this day, YYYY-MM-DD (default: today).")
@click.option("--lifecycle", is_flag=True, help="Ends of support, maintenance and changes that were announced, with their days.")
@click.option("--packages", is_flag=True, help="Which versions of packages fit together.")
@click.option("--release", metavar="VERSION", help="With --packages: another release than the newest, such as 2.28.")
@click.option(
    "--features",
    is_flag=False,
    flag_value="",
    metavar="[NAME]",
    help="Features and patterns (with NAME: those named so), their status on this chip, and what to use instead.",
)
@click.option(
    "--replacements",
    is_flag=False,
    flag_value="",
    metavar="[NAME]",
    help="What takes the place of CUDA (with NAME: of what is named so), and whether a source states it.",
)
@click.option("--issues", is_flag=True, help="What stopped others on this chip, with threads.")
@click.option("--operator", default="", metavar="NAME", help="What is known of an operator: torch.sort, aten::sort, an error code.")
@click.option("--dtype", default="", metavar="TYPE", help="With --operator: only with this element type, such as int64.")
@click.option("--sdk-version", default="", metavar="VERSION", help="With --operator: only statements about this version.")
@click.option(
    "--onnx", "onnx_file", metavar="FILE", help="With a target of ONNX Runtime: which nodes of a model have no kernel, by provider."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    target_id: str | None, as_of: str | None, lifecycle: bool, packages: bool, release: str | None, features: str | None,
    replacements: str | None, issues: bool, operator: str, dtype: str, sdk_version: str, onnx_file: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """List the targets, or what one of them does with every capability or with an operator.

    Exit codes: 0 done, 2 usage or input error.
    """
    today = day(as_of)
    if target_id is None:
        if lifecycle or packages or features is not None or replacements is not None or issues or release or operator or onnx_file:
            raise UserInputError(
                "offramp targets",
                "",
                "name a target: --lifecycle, --packages, --features, --replacements, --issues, --operator and --onnx are of one",
            )
        targets = load_targets()
        click.echo(json.dumps([summary_of(target) for target in targets], indent=2) if as_json else "\n".join(listed(today)))
        return
    target = find_target(target_id)
    if onnx_file:
        show_onnx(target, onnx_file, as_json)
        return
    if operator or dtype or sdk_version:
        show_operator(target, operator, dtype, sdk_version, as_json)
        return
    if release and not packages:
        raise UserInputError("--release", release, "has a meaning with --packages only")
    tables = [
        *(lifecycle_lines(target, today) if lifecycle else ()),
        *(package_lines(target, release) if packages else ()),
        *(feature_lines(target, features) if features is not None else ()),
        *(replacement_lines(target, replacements) if replacements is not None else ()),
        *(issue_lines(target) if issues else ()),
    ]
    if as_json:
        click.echo(json.dumps({**summary_of(target), "maturity": maturity_of(target, today), "tables": tables}, indent=2))
        return
    click.echo("\n".join(tables or described(target, today)))


def listed(today: str) -> Iterator[str]:
    """All targets: those of a scan that names none first, variants below what they vary."""
    targets = load_targets()
    ordered = sorted(targets, key=lambda target: (not target.is_default, target.is_claim, target.id))
    for target in (target for target in ordered if not target.variant_of):
        yield from one_line(target, today, "")
        for variant in (other for other in targets if other.variant_of == target.id):
            yield from one_line(variant, today, "    ")
    yield ""
    yield "* is assessed where no --target is named. `--target all` takes all but those that are only claims (--accept-claims)."


def one_line(target: Target, today: str, indent: str) -> Iterator[str]:
    """A target in two lines."""
    mark = " *" if target.is_default else ""
    answers = Counter(support.verdict for support in target.support)
    counts = ", ".join(f"{answers[verdict]} {verdict}" for verdict in VERDICTS if answers[verdict])
    late = ", later than the day asked for" if target.as_of > today else ""
    yield (
        f"{indent}{click.style(target.id, bold=True)}{mark}  {target.title}; {target.status}; {target.software}; "
        f"{target.sdk_version}; knowledge of {target.as_of}{late}"
    )
    yield f"{indent}    {target.summary} ({counts})"


def described(target: Target, today: str) -> Iterator[str]:
    """What is known of one target."""
    yield f"{click.style(target.id, bold=True)}  {target.title}; {target.status}"
    yield f"{target.summary}"
    yield f"{target.software}, {target.sdk_version}, knowledge of {target.as_of}; source: {target.reference}"
    if target.variant_of:
        yield f"A variant of {target.variant_of}."
    if target.extends:
        yield f"Takes over from {', '.join(target.extends)} what it does not answer itself (marked below)."
    yield ""
    yield f"Ties you to: {target.ties_you_to}"
    yield f"  {target.ties.sentence()}."
    yield ""
    yield f"As of {today}:"
    yield from (f"- {line}" for line in maturity_of(target, today))
    if target.paths:
        yield ""
        yield "Ways to run there:"
        for path in target.paths:
            see = f"; see {path.target}" if path.target and path.target != target.id else ""
            note = f" ({path.note})" if path.note else ""
            yield f"- {path.title}: {path.status}, {path.versions}{note}{see}. Source: {path.reference} ({path.as_of})"
    yield ""
    for support in target.support:
        yield from answer(support, today)


def answer(support: Support, today: str) -> Iterator[str]:
    """What a target does with a capability, with its source, its versions, how well it is known and whether that is old."""
    yield f"{support.capability:<28} {support.verdict:<8} {support.advice}"
    known = "" if support.evidence in ("documented", "none") else f"; {EVIDENCE_WORDS[support.evidence]}"
    inherited = f"; from {support.inherited_from}" if support.inherited_from else ""
    if support.note:
        yield f"{'':<37} note: {support.note}"
    if support.reference:
        told = f"{support.since}, {support.as_of}{known}{inherited}"
        yield f"{'':<37} source: {support.reference} ({told}){age_note(support.as_of, today)}"


EVIDENCE_WORDS = {
    "inferred": "inferred: the source states the replacement, not the pairing",
}


def maturity_of(target: Target, today: str) -> tuple[str, ...]:
    """The maturity as known on a day."""
    return maturity_on(target, load_lifecycle(target.knowledge.family), today)


def summary_of(target: Target) -> dict[str, object]:
    """A target as plain values."""
    return {
        "id": target.id, "title": target.title, "status": target.status, "software": target.software,
        "sdk_version": target.sdk_version, "as_of": target.as_of, "summary": target.summary, "default": target.is_default,
        "variant_of": target.variant_of, "extends": list(target.extends), "serves": target.serves, "trains": target.trains,
        "support": {
            entry.capability: {
                "verdict": entry.verdict, "advice": entry.advice, "reference": entry.reference, "since": entry.since,
                "as_of": entry.as_of, "evidence": entry.evidence, "inherited_from": entry.inherited_from,
            }
            for entry in target.support
        },
    }  # fmt: skip
