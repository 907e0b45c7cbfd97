"""Make rules/operators/neuron.toml from a table of what the Neuron documentation says about operators.

usage: build_neuron_table.py neuron_ops.csv rules/operators/neuron.toml

Columns: framework, op, status, note, evidence, sdk_version, source. Rows that differ only in the operator become one
group. Statements that contradict each other stay apart: nothing is merged over different statuses or sources.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from pathlib import Path

from toml_writer import comment, text, texts

STATUS = {
    "supported": "supported", "partial": "partial", "unsupported": "unsupported", "no-list": "unknown",
    "not-in-documented-list": "unknown", "derived-decomposes": "unknown", "derived-lowered": "unknown",
    "derived-cpu-fallback": "unsupported", "policy": "unknown",
}  # fmt: skip
DERIVED_NOTES = {
    "policy:fp32": "Under torch.autocast on XLA it runs in float32; that says nothing of whether it runs",
    "policy:lower_precision_fp": "Under torch.autocast on XLA it runs in the lower precision; that says nothing of whether it runs",
    "policy:promote": "Under torch.autocast on XLA it runs in the widest type of its inputs; that says nothing of whether it runs",
    "derived-lowered": "PyTorch/XLA has a lowering for it; whether the compiler takes the result is not documented",
    "derived-decomposes": "It decomposes into other operators before PyTorch/XLA sees it; support depends on those",
    "derived-cpu-fallback": "PyTorch/XLA has no lowering for it: it runs on the CPU between two graphs, and a trace cannot hold it",
    "not-in-documented-list": "Not in the documented list; ask `neuronx-cc list-operators --framework XLA` of the SDK in use",
}
CONFIDENCE = {"documented": "high", "release-note": "high", "derived": "low"}


def main() -> int:
    """Read, group, write, count."""
    with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    counts: Counter[str] = Counter()
    for row in rows:
        status = STATUS[row["status"].partition(":")[0]]
        counts[f"{status} ({row['evidence'].split()[0]})"] += 1
        note = DERIVED_NOTES.get(row["status"], row["note"])
        confidence = next(level for word, level in CONFIDENCE.items() if row["evidence"].startswith(word))
        key = (row["framework"], status, row["evidence"], confidence, row["sdk_version"], row["source"])
        groups.setdefault(key, {}).setdefault(row["op"], []).append(note)
    Path(sys.argv[2]).write_text(written(groups), encoding="utf-8")
    for name, count in sorted(counts.items()):
        print(f"{count:5}  {name}")
    print(f"{len(rows):5}  rows, {len(groups)} groups")
    return 0


def written(groups: dict[tuple[str, ...], dict[str, list[str]]]) -> str:
    """The file."""
    parts = [
        comment(
            "What the Neuron documentation says about operators, statement by statement. Made by "
            "scripts/operators/build_neuron_table.py; do not edit. No list proves support: shape and dtype decide too."
        )
    ]
    for (framework, status, evidence, confidence, version, source), operators in sorted(groups.items()):
        notes = {name: "; ".join(dict.fromkeys(note for note in found if note)) for name, found in operators.items()}
        common = Counter(notes.values()).most_common(1)[0][0] if len(notes) > 1 else ""
        dated = re.search(r"\((\d{4}-\d{2}-\d{2})\)", source) or re.search(r"\((\d{4}-\d{2}-\d{2})\)", version)
        parts.append(
            "\n[[group]]\n"
            f"framework = {text(framework)}\nstatus = {text(status)}\nevidence = {text(evidence)}\n"
            f"confidence = {text(confidence)}\nversion = {text(version)}\nas_of = {text(dated.group(1) if dated else '')}\n"
            f"source = {text(source)}\nnote = {text(common)}\noperators = {texts(sorted(notes))}\n"
        )
        own = {name: note for name, note in sorted(notes.items()) if note != common}
        if own:
            parts.append("[group.notes]\n" + "".join(f"{text(name)} = {text(note)}\n" for name, note in own.items()))
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main())
