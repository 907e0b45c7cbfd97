"""Compare the predictions for ONNX Runtime with models that `exports/measure.py` really exported and ran.

usage: score_exports.py exports/results.csv --site FOLDER [--site FOLDER ...] [--show 40] [--reports FOLDER]

A site is the folder with the installed packages; they are scanned, never imported. `runs` says that the default call exports,
loads, runs and agrees, `needs_changes` and `blocked` that it does not, `unknown` abstains. "plain" judges language models
without their caches. Models are told apart into two halves by a hash of their names: the failures of the half `read` were read
while the prediction was improved, those of `held` never were, so that the numbers of `held` are the honest ones.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

Pair = tuple[bool, str]
"""(really fails, prediction)."""


def half_of(row: dict[str, str]) -> str:
    """`read` or `held`."""
    return "read" if hashlib.sha256(f"{row['library']}|{row['model']}".encode()).digest()[-1] % 2 else "held"


def score(pairs: list[Pair]) -> dict[str, float | int]:
    """Shares of the failures that were foretold, of the successes that were, and of abstentions."""
    judged = [pair for pair in pairs if pair[1] != "unknown"]
    fails = [prediction != "runs" for failed, prediction in judged if failed]
    passes = [prediction == "runs" for failed, prediction in judged if not failed]
    caught, cleared = sum(fails) / max(len(fails), 1), sum(passes) / max(len(passes), 1)
    unknown = round(1 - len(judged) / max(len(pairs), 1), 4)
    return {"rows": len(pairs), "fails": sum(failed for failed, _ in pairs), "unknown": unknown,
            "caught": round(caught, 4), "cleared": round(cleared, 4), "balanced": round((caught + cleared) / 2, 4)}  # fmt: skip


def entry_points(folder: Path) -> Iterable[dict[str, Any]]:
    """The predictions for a package, by a scan of its folder."""
    from analyzer.operators.predict import Predictor
    from analyzer.scan import scan_repository

    for point in Predictor(scan_repository(folder).program, ["onnxruntime"]).entry_points("onnxruntime"):
        reasons = [dataclasses.asdict(reason) for reason in point.reasons]
        yield {"path": point.path, "symbol": point.symbol, "prediction": point.prediction, "reasons": reasons}


def predictions(rows: list[dict[str, str]], sites: list[Path], reports: Path | None) -> dict[tuple[str, str], dict[str, Any]]:
    """Entry points by (file below its site, class)."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for top in sorted({row["source_file"].split("/")[0] for row in rows}):
        if reports is not None:
            file = reports / f"rep_{top}.json"
            points = json.loads(file.read_text())["targets"]["onnxruntime"]["entry_points"] if file.exists() else []
            prefix = "" if top.endswith(".py") else f"{top}/"
        else:
            folder, prefix = _folder(top, sites)
            points = list(entry_points(folder))
        for point in points:
            found[prefix + point["path"], point["symbol"].rpartition(".")[2]] = point | {"prefix": prefix}
    return found


def _folder(top: str, sites: list[Path]) -> tuple[Path, str]:
    for site in sites:
        if (site / top).is_dir():
            return site / top, f"{top}/"
        if (site / top).exists():
            folder = Path(tempfile.mkdtemp())
            shutil.copy(site / top, folder)
            return folder, ""
    raise SystemExit(f"score_exports.py: {top}: in none of the sites")


def main() -> int:
    """Print the scores as JSON, then what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--site", type=Path, action="append", default=[])
    parser.add_argument("--reports", type=Path, help="a folder of reports made before, rep_PACKAGE.json each")
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    with options.truth.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] in ("ok", "fail") and row["source_file"] != "local.py"]
    found = predictions(rows, options.site, options.reports)
    with_variant = {(row["library"], row["model"]) for row in rows if row["variant"] != "default"}
    groups: dict[str, list[Pair]] = {}
    wrong: list[str] = []
    missing = named = foretold = 0
    for row in rows:
        point = found.get((row["source_file"], row["module_class"]))
        if point is None:
            missing += 1
            continue
        fails, prediction = row["outcome"] == "fail", str(point["prediction"])
        half = half_of(row)
        if row["variant"] == "default":
            for group in (f"default {half}", "default"):
                groups.setdefault(group, []).append((fails, prediction))
            if fails and prediction in ("needs_changes", "blocked"):
                foretold += 1
                named += any(_names(row, point, reason) for reason in point["reasons"])
        if row["variant"] != "default" or (row["library"], row["model"]) not in with_variant:
            left = [reason for reason in point["reasons"] if "cache" not in reason["rule_id"]]
            plain = "runs" if prediction in ("needs_changes", "blocked") and not left else prediction
            for group in (f"plain {half}", "plain"):
                groups.setdefault(group, []).append((fails, plain))
            if half == "read" and (plain == "unknown" or fails != (plain != "runs")):
                shown = [(reason["rule_id"], reason["path"], reason["line"]) for reason in left][:3]
                wrong.append(f"{'FAILS' if fails else 'OK   '} {plain:13} {row['source_file']}:{row['module_class']} {row['model']}"
                             f"  {row['stage']} {row['cause_line']} {row['message'][:160] if fails else ''} {shown}")  # fmt: skip
    print(json.dumps({name: score(pairs) for name, pairs in sorted(groups.items())}, indent=1))
    print(json.dumps({"cause": round(named / max(foretold, 1), 4), "foretold": foretold, "entry points missing": missing}))
    print("\n".join(sorted(wrong)[: options.show]))
    return 0


def _names(row: dict[str, str], point: dict[str, Any], reason: dict[str, Any]) -> bool:
    """Whether a reason names the failing line, within 3, or the operator."""
    file, _, line = row["cause_line"].rpartition(":")
    is_near = point["prefix"] + reason["path"] == file and line.isdigit() and abs(reason["line"] - int(line)) <= 3
    operator = str(reason["operator"] or "?").split("::")[-1].split(".")[-1]
    return is_near or (bool(reason["operator"]) and operator in row["message"])


if __name__ == "__main__":
    sys.exit(main())
