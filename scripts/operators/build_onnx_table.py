"""Make rules/operators/onnxruntime.toml from measured exports and from the installed exporter's own registry.

usage: build_onnx_table.py RESULTS.jsonl ort_kernels.csv rules/operators

`RESULTS.jsonl` comes from `measure_onnx.py`; the registry is read from the torch and onnxscript of the interpreter that
runs this. `ort_kernels.csv` (columns ep, domain, op, note, ort_version, source) says which execution providers have a
kernel. Writes onnxruntime.toml, onnxruntime-graphs.toml and onnxruntime-providers.toml, and prints counts.
"""

from __future__ import annotations

import csv
import datetime
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from toml_writer import comment, text, texts

STATUS = {"pass": "supported", "partial": "partial", "fail": "unsupported", "untestable": "unknown"}
KINDS = {"export": "cannot be exported", "load": "is refused when loaded", "compare": "gives other values", "crash": "crashes the exporter",
         "timeout": "takes too long to export"}  # fmt: skip
KERNEL_DOMAINS = ("ai.onnx", "ai.onnx.ml", "com.microsoft")
"""Of operators in other domains than ai.onnx the name begins with the domain: `com.microsoft::FusedMatMul`."""
MADE = "Made by scripts/operators/build_onnx_table.py; do not edit."


def main() -> int:
    """Read, group, write, count."""
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if "name" in row or name_crash(row)]
    folder = Path(sys.argv[3])
    operators, counts = written_operators(rows)
    (folder / "onnxruntime.toml").write_text(operators, encoding="utf-8")
    (folder / "onnxruntime-graphs.toml").write_text(written_graphs(rows), encoding="utf-8")
    providers, provider_counts = written_providers(Path(sys.argv[2]))
    (folder / "onnxruntime-providers.toml").write_text(providers, encoding="utf-8")
    for name, count in sorted({**counts, **provider_counts}.items()):
        print(f"{count:5}  {name}")
    return 0


def name_crash(row: dict[str, Any]) -> bool:
    """Give a case that killed its worker its name."""
    from cases import all_cases

    case = all_cases()[row["number"]]
    row.update(name=case.name, kind=case.kind, variant=case.variant, dtype=case.dtype.split(".")[-1], onnx=[], aten=[])
    return True


def shown(row: dict[str, Any]) -> str:
    """`torch.div[floor_rounding]`."""
    return f"{row['name']}[{row['variant']}]" if row["variant"] else str(row["name"])


def written_operators(rows: list[dict[str, Any]]) -> tuple[str, Counter[str]]:
    """The main table: what was measured, then the registry."""
    import onnx
    import onnxruntime
    import onnxscript
    import torch

    counts: Counter[str] = Counter()
    software = (
        f"torch {torch.__version__.partition('+')[0]}, onnxscript {onnxscript.__version__}, onnx {onnx.__version__}, "
        f"onnxruntime {onnxruntime.__version__} (CPU)"
    )
    parts = [
        comment(f"Which public torch APIs the ONNX exporter takes and ONNX Runtime runs. {MADE}"),
        f'software = {text(software)}\nopset = {opset()}\nas_of = "{datetime.date.today().isoformat()}"\n',
        'source = "measured: scripts/operators/measure_onnx.py (export, load, run, compare with eager torch)"\n',
        'registry_source = "the exporter\'s registry and decompositions, read from the installed torch and onnxscript"\n',
    ]
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row["stage"] == "compare" and any(op.startswith(("Random", "Bernoulli")) for op in row["onnx"]):
            row.update(status="pass", stage="random")
        status = STATUS[row["status"]]
        counts[f"measured {row['kind']}: {status}"] += 1
        groups[row["dtype"], "random" if row["stage"] == "random" else status].append(shown(row))
    for (dtype, status), names in sorted(groups.items()):
        if status in ("supported", "random"):
            note = "The random numbers differ from torch's" if status == "random" else ""
            parts.append(
                f'\n[[measured]]\ndtype = "{dtype}"\nstatus = "supported"\nnote = {text(note)}\noperators = {texts(sorted(set(names)))}\n'
            )
    for row in sorted(rows, key=lambda row: (row["name"], row["variant"], row["dtype"])):
        if row["status"] != "pass":
            failure = (row["failures"] or [{"stage": "inputs", "message": "", "shape": ""}])[0]
            parts.append(
                f'\n[[limit]]\noperator = {text(shown(row))}\ndtype = "{row["dtype"]}"\nstatus = "{STATUS[row["status"]]}"\n'
                f"note = {text(explained(row, failure))}\nexample = {text(failure['shape'].strip())}\n"
            )
    for status, names in registry().items():
        counts[f"registry: {status}"] += len(names)
        parts.append(f'\n[[registry]]\nstatus = "{status}"\noperators = {texts(sorted(names))}\n')
    return "".join(parts), counts


def explained(row: dict[str, Any], failure: dict[str, Any]) -> str:
    """A sentence about a failure."""
    missing = re.search(r"No ONNX function found for <OpOverload\(op='([^']+)', overload='([^']+)'", failure["message"])
    if missing:
        why = f"no ONNX lowering for {missing.group(1)}.{missing.group(2)}"
    elif failure["stage"] == "inputs":
        return "it could not be tried"
    else:
        found = re.search(r"(?:Caused by|<- )?([A-Za-z]+(?:Error|Exception|Node|Fail)\w*: [^<]+)$", failure["message"])
        why = f"it {KINDS.get(failure['stage'], 'fails')}: {(found.group(1) if found else failure['message'])[:140].strip()}"
    return why if row["status"] == "fail" else f"{row['tried'] - row['passed']} of {row['tried']} ways to call it: {why}"


def opset() -> int:
    """The opset that the exporter writes by default."""
    from torch.onnx import _constants

    return int(_constants.ONNX_DEFAULT_OPSET)


def registry() -> dict[str, list[str]]:
    """ATen operators by what the exporter does with them: its own function, a decomposition, or neither."""
    import torch
    from torch.onnx._internal.exporter import _decomp, _registration

    known = _registration.ONNXRegistry.from_torchlib()
    decompositions = _decomp.create_onnx_friendly_decomposition_table(set())
    found: dict[str, list[str]] = {"registered": [], "decomposed": [], "missing": []}
    for name in sorted(dir(torch.ops.aten)):
        packet = getattr(torch.ops.aten, name)
        if not isinstance(packet, torch._ops.OpOverloadPacket) or name.endswith("_backward"):
            continue
        for overload in packet.overloads():
            op = getattr(packet, overload)
            if any(argument.is_out for argument in op._schema.arguments) or name.startswith("__"):
                continue
            if not torch._C._dispatch_has_kernel(op.name()):
                continue  # of the scripting language alone: lists, strings, numbers
            shown_name = f"aten::{name}" + ("" if overload == "default" else f".{overload}")
            composite = op.has_kernel_for_dispatch_key(torch._C.DispatchKey.CompositeImplicitAutograd)
            status = "registered" if known.is_registered(op) else "decomposed" if op in decompositions or composite else "missing"
            found[status].append(shown_name)
    return found


def written_graphs(rows: list[dict[str, Any]]) -> str:
    """Which ONNX operators the exported graph of each API holds."""
    groups: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in rows:
        if row["status"] == "pass" and row.get("onnx") and row["dtype"] == "float32":
            groups[tuple(row["onnx"])].add(shown(row))
    parts = [comment(f"The ONNX operators that each torch API is exported to. {MADE}")]
    for operators, names in sorted(groups.items()):
        parts.append(f"\n[[graph]]\nonnx = {texts(operators)}\noperators = {texts(sorted(names))}\n")
    return "".join(parts)


def written_providers(file: Path) -> tuple[str, Counter[str]]:
    """Which ONNX operators each execution provider has a kernel for."""
    groups: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in csv.DictReader(file.open(newline="", encoding="utf-8")):
        provider = row["ep"].removesuffix("(source)")
        is_header = row["note"].startswith("Start, End")
        if row["domain"] in KERNEL_DOMAINS and row["note"] != "NOT supported" and not is_header:
            shown_name = row["op"] if row["domain"] == "ai.onnx" else f"{row['domain']}::{row['op']}"
            groups[provider, row["ort_version"], row["source"].partition(" (via")[0]].add(shown_name)
    counts = Counter(
        {f"provider {provider} ({version}, {source[-40:]})": len(ops) for (provider, version, source), ops in groups.items()}
    )
    parts = [
        comment(f"ONNX operators that execution providers of ONNX Runtime have a kernel for; types and ranks decide too. {MADE}")
    ]
    for (provider, version, source), operators in sorted(groups.items()):
        parts.append(
            f"\n[[provider]]\nname = {text(provider)}\nversion = {text(version)}\nsource = {text(source)}\n"
            f"operators = {texts(sorted(operators))}\n"
        )
    return "".join(parts), counts


if __name__ == "__main__":
    sys.exit(main())
