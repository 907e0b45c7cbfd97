"""Reports that torch writes of an export, as second opinions: `torch.onnx.export(report=True)` and `torch.export.draft_export`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.model.errors import UserInputError
from analyzer.model.opinion import MeasuredOperator, Opinion, Quote
from analyzer.opinions.onnx_skeleton import frames_in

TITLES = ("# PyTorch ONNX Conversion Report", "# PyTorch ONNX Conversion Error Report")
DRAFT_MARKS = (
    "issue(s) found during export, and it was not able to soundly produce a graph",
    "No issues are found during export, and it was able to soundly produce a graph",
)
STATUSES = {"✅": "passed", "❌": "failed", "⚪": "not tried"}
MOST_QUOTES = 20_000
MOST_NAMED = 4
_STEP = re.compile(r"^(✅|❌|⚪) (\S.*)$", re.MULTILINE)
_USED = re.compile(r"^- `([\w.]+)`: (\d{1,9})$", re.MULTILINE)
_REFUSED = re.compile(r"^- `([\w.]+)`: *(.*?)(?:\. Example node: .*)?$", re.MULTILINE)
_ERROR = re.compile(
    r"^((?:\w{1,60}\.){1,8}[A-Z]\w{1,60}: [^\n]{1,300}|[A-Z]\w{0,60}(?:Error|Exception)\w{0,20}: [^\n]{1,300})", re.MULTILINE
)
_FILE_COMMENT = re.compile(r"^[ \t]*# File: ([^\n]+?):(\d{1,8}) in (\S+), code: ([^\n]+)", re.MULTILINE)
_DRAFT_FRAME = re.compile(r"^[ \t]*File ([^\n,]+), lineno (\d{1,8}), in (\S+)\n(?: {12}(\S[^\n]*)\n)?", re.MULTILINE)
_DRAFT_ISSUE = re.compile(r"^\d+\. ([A-Z][^\n]{3,120})\n(?:\s+([^\n]{3,300}))?", re.MULTILINE)
_PRODUCER = re.compile(r"producer_version='([^'\n]{1,40})'")
_OPSETS = re.compile(r"opset_imports=\{([^}\n]{1,400})\}")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,8}m")


def is_onnx_report(head: str) -> bool:
    """Whether a text begins like a report of `torch.onnx.export`."""
    return head.startswith(TITLES)


def is_draft_report(head: str) -> bool:
    """Whether a text is a report of `torch.export.draft_export`."""
    return any(mark in head for mark in DRAFT_MARKS)


def read_onnx_report(source: str, symbol: str, text: str) -> Opinion:
    """A report of `torch.onnx.export`. Raises `UserInputError` where the steps are not there or not closed."""
    head = text.split("```")
    steps = tuple((name.replace("`", ""), STATUSES[mark]) for mark, name in _STEP.findall(head[1] if len(head) > 2 else ""))
    if len(steps) < 4:
        raise UserInputError(source, "status", "the list of steps (✅ ❌ ⚪) is missing or cut off")
    failed = [name for name, status in captured_once(steps) if status == "failed"]
    errors = _ERROR.findall(text.split("## Exported program", maxsplit=1)[0])
    refused = dict(_refused(text))
    used = {name: int(count) for name, count in _USED.findall(_section(text, "the counts of operators used are:"))}
    producer, opsets = _PRODUCER.search(text), _OPSETS.search(text)
    names = sorted({*used, *refused})
    status = {name: status_of(name, refused, steps) for name in names}
    return Opinion(
        file=source, kind="onnx-export-report", asked_symbol=symbol,
        made_with=(*((f"torch {producer[1]}",) if producer else ()), *((f"opsets {opsets[1]}",) if opsets else ())),
        outcome=outcome_of(steps, failed), detail=detail_of(steps, failed, errors, refused), steps=steps,
        operators=tuple(
            MeasuredOperator(aten_name(name), used.get(name, 0), status[name], refused.get(name, "")) for name in names
        ),
        quotes=tuple(dict.fromkeys(_quotes(text)))[:MOST_QUOTES],
        notes=() if producer else ("The report does not name the version of torch",),
    )  # fmt: skip


def captured_once(steps: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The steps without the ways to capture that failed where another way did not."""
    ways = [status for name, status in steps if name.startswith("Obtain")]
    return tuple(item for item in steps if not (item[0].startswith("Obtain") and "passed" in ways and item[1] == "failed"))


def outcome_of(steps: tuple[tuple[str, str], ...], failed: list[str]) -> str:
    """What the steps amount to: an export that was run and compared works."""
    if failed:
        return "fails"
    passed = {name for name, status in steps if status == "passed"}
    if any(name.startswith("Validate") for name in passed):
        return "works"
    return "converts" if any(name.startswith("Translate") for name in passed) else "captured"


def detail_of(steps: tuple[tuple[str, str], ...], failed: list[str], errors: list[str], refused: dict[str, str]) -> str:
    """The first failing step with its reason, or what was not tried."""
    if failed:
        causes = [f"{aten_name(name)}: {why or 'has no ONNX function'}" for name, why in sorted(refused.items())]
        why = "; ".join(causes[:MOST_NAMED]) or (errors[0] if errors else "")
        return f"Failed: {failed[0]}" + (f" ({why})" if why else "")
    left = [name for name, status in captured_once(steps) if status == "not tried" and not name.startswith("Obtain")]
    return "Every step passed" + (f"; not tried: {', '.join(left)}" if left else "")


def status_of(name: str, refused: dict[str, str], steps: tuple[tuple[str, str], ...]) -> str:
    """What the report says of one operator; nothing where the export did not come to translate it."""
    if name in refused:
        return "unsupported"
    return "supported" if any(step.startswith("Translate") and status == "passed" for step, status in steps) else "unknown"


def aten_name(name: str) -> str:
    """`aten.linear.default` -> `aten::linear`."""
    namespace, _, rest = name.partition(".")
    return f"{namespace}::{rest.partition('.')[0]}" if rest else name


def _refused(text: str) -> Iterator[tuple[str, str]]:
    section = _section(text, "Errors grouped by operator:")
    for name, why in _REFUSED.findall(section):
        yield name, why.strip()[:200]


def _section(text: str, opening: str) -> str:
    """What follows a line, up to the next heading."""
    _, _, rest = text.partition(opening)
    return rest.partition("\n## ")[0]


def _quotes(text: str) -> Iterator[Quote]:
    for path, line, function, code in _FILE_COMMENT.findall(text):
        yield Quote(path, int(line), function, code.strip())
    yield from frames_in(text)


def read_draft_report(source: str, symbol: str, text: str) -> Opinion:
    """A report of `torch.export.draft_export`."""
    plain = _COLOUR.sub("", text)
    is_sound = DRAFT_MARKS[1] in plain and DRAFT_MARKS[0] not in plain
    issues = [f"{title} {rest}".strip() for title, rest in _DRAFT_ISSUE.findall(plain)]
    if not is_sound and not issues:
        raise UserInputError(source, "issues", "the report says that there are issues and lists none: it is cut off")
    found = _DRAFT_FRAME.findall(plain)[:MOST_QUOTES]
    frames = [Quote(path.strip(), int(line), name, code.strip()) for path, line, name, code in found]
    detail = "; ".join(issues[:MOST_NAMED]) if not is_sound else "The graph was captured without an issue; it was not converted"
    return Opinion(
        file=source, kind="draft-export-report", asked_symbol=symbol, made_with=(),
        outcome="captured" if is_sound else "fails", detail=detail,
        steps=(("Obtain model graph with torch.export.draft_export", "passed" if is_sound else "failed"),),
        quotes=tuple(dict.fromkeys(frames)),
        notes=("The report does not name the version of torch",),
    )  # fmt: skip
