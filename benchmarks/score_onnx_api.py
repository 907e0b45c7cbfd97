"""Score what Offramp says of torch APIs on ONNX Runtime against APIs that were really exported, loaded, run and compared.

usage: score_onnx_api.py onnx_torch_api.csv [--show 40]

Columns read: api, variant, dtype, status. Rows of status `pass` and `fail` are judged: `supported` must mean pass and
`unsupported` fail; `partial` and `unknown` agree with neither.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path

from analyzer.knowledge.operators import answer_operator
from analyzer.model.errors import UserInputError


def predict(api: str, variant: str, dtype: str) -> str:
    """The status that the tables give for one way to call an API."""
    name = api.replace("torch.torch.", "torch.")
    tries = [(f"{name}[{variant}]" if variant else name, dtype), (name, dtype), (name, "")]
    for asked, element in tries:
        try:
            return answer_operator("onnxruntime", asked, element).status
        except UserInputError:
            continue
    return "unknown"


def main() -> None:
    """Print agreement, wrong `supported`, and the rows that differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    with options.truth.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["status"] in ("pass", "fail")]
    wanted = {"pass": "supported", "fail": "unsupported"}
    outcomes: Counter[tuple[str, str]] = Counter()
    wrong = []
    for row in rows:
        predicted = predict(row["api"], row["variant"], row["dtype"])
        outcomes[row["status"], predicted] += 1
        if predicted != wanted[row["status"]]:
            wrong.append(f"{row['api']}[{row['variant']}] {row['dtype']}: {row['status']}, predicted {predicted}")
    agreed = sum(count for (truth, predicted), count in outcomes.items() if wanted[truth] == predicted)
    print(f"{len(rows)} rows, agreement {agreed / len(rows):.4f}, wrong supported {outcomes['fail', 'supported'] / len(rows):.4f}")
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:5}  {outcome[0]} -> {outcome[1]}")
    print("\n".join(wrong[: options.show]))


if __name__ == "__main__":
    main()
