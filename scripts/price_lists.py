"""Makes the shipped price lists from public sources whose licence allows it.

    python scripts/price_lists.py on-demand KARPENTER_GO_FILE COMMIT     > rules/prices/aws-us-east-1.toml
    python scripts/price_lists.py reserved  FACTS_FOLDER                 > rules/prices/aws-us-east-1-reserved.toml
    python scripts/price_lists.py regions   FACTS_FOLDER ON_DEMAND_TOML  > rules/prices/aws-regions-derived.toml

`KARPENTER_GO_FILE` is `pkg/providers/pricing/zz_generated.pricing_aws.go` of aws/karpenter-provider-aws at `COMMIT`
(Apache-2.0), which AWS's own tool generates from the Price List API. `FACTS_FOLDER` holds `prices.csv` and
`tco_constants.csv`, tables of single prices with their sources. Rows whose source gives no licence are left out; what is
kept of them is a ratio between regions, marked derived. What a list may hold is checked by `analyzer.knowledge.prices`.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

FAMILIES = (
    "c6i", "c7a", "c7g", "c7i", "c8g", "m7i", "m8g", "r7i", "dl1", "g4ad", "g4dn", "g5", "g5g", "g6", "g6e", "g6f", "gr6", "gr6f",
    "g7", "g7e", "inf1", "inf2", "p3", "p3dn", "p4d", "p4de", "p5", "p5e", "p5en", "p6-b200", "p6-b300", "trn1", "trn1n", "trn2",
)  # fmt: skip
"""Accelerators, and the CPU families that ONNX Runtime, OpenVINO and others serve on."""
ROW = re.compile(r'"([a-z0-9-]+)\.([a-z0-9-]+)": ([0-9.]+)')
GENERATED = re.compile(r"generated at (\d{4}-\d\d-\d\d)T\S+ for (\S+)")
MULTIPLIERS = {
    "region_multiplier_inf2": ("inf2",), "region_multiplier_g5": ("g5",), "region_multiplier_g6_g6e": ("g6", "g6e"),
    "region_multiplier_g4dn": ("g4dn",), "region_multiplier_inf1": ("inf1",), "region_multiplier_c7i": ("c7i",),
    "region_multiplier_m8g": ("m8g",),
}  # fmt: skip
REGIONS = (("eu-west-1", "low"), ("eu-central-1", "mid"), ("ap-northeast-1", "high"))
"""The columns of the table of constants: Ireland, Frankfurt, Tokyo."""
SNAPSHOT = "2025-11-01"
"""The regional snapshot carries no date; its contents are of 2025-11 to 2026-02, and the earliest day is taken."""


def on_demand(go_file: str, commit: str) -> str:
    """The list of us-east-1."""
    text = Path(go_file).read_text("utf-8")
    found = GENERATED.search(text)
    if found is None:
        raise SystemExit("no generation date in the file")
    start = text.index(f'"{found.group(2)}": {{')
    rows = [match for match in ROW.finditer(text, start, text.index("\n\t},", start)) if match.group(1) in FAMILIES]
    place = "pkg/providers/pricing/zz_generated.pricing_aws.go"
    lines = [
        "# On-demand prices of AWS instances in us-east-1, US dollars an hour, Linux, shared tenancy.",
        "# Made by scripts/price_lists.py from the generated price table of Karpenter's AWS provider (NOTICE.md), which reads",
        "# the AWS Price List API. Instances that are missing here (trn2, p5e ...) are not sold on demand.",
        "",
        'id = "aws-us-east-1"',
        f'as_of = "{found.group(1)}"',
        f'region = "{found.group(2)}"',
        f'source = "aws/karpenter-provider-aws@{commit[:8]} {place}"',
        'licence = "Apache-2.0"',
        "",
        "[usd_per_hour]",
    ]
    prices = {f"{row.group(1)}.{row.group(2)}": row.group(3) for row in rows}
    lines.extend(f'"{name}" = {trimmed(prices[name])}' for name in sorted(prices))
    return "\n".join(lines) + "\n"


def trimmed(number: str) -> str:
    """A number without zeros at its end."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def reserved(folder: str) -> str:
    """Reserved prices of us-east-1: one year from an MIT-licensed list of 2023, three years as AWS's Neuron pages use them."""
    lines = [
        "# Effective hourly prices of reserved instances in us-east-1, US dollars, by scripts/price_lists.py.",
        "# They are old and say so: renew them with `offramp prices refresh` or give your own.",
        "",
        'id = "aws-us-east-1-reserved"',
        'as_of = "2023-08-30"',
        'region = "us-east-1"',
        'source = "LeanerCloud/ec2-instances-info@ef5638af (data of instances.vantage.sh)"',
        'licence = "MIT"',
    ]
    neuron = "AWS Neuron documentation, effective hourly rate with a reservation; the term is not stated, three years is inferred"
    for row in prices_of(folder):
        if row["region"] != "us-east-1" or row["basis"] != "listed" or row["instance_type"].split(".")[0] not in FAMILIES:
            continue
        if row["reserved_1yr_usd_h"] and "2023-08 vintage" in row["note"]:
            lines += price_row(row["instance_type"], "reserved-1y", row["reserved_1yr_usd_h"])
        if row["reserved_3yr_usd_h"]:
            lines += price_row(row["instance_type"], "reserved-3y", row["reserved_3yr_usd_h"])
            lines += ['as_of = "2025-10-17"', 'basis = "derived"', f'source = "{neuron}"']
    return "\n".join(lines) + "\n"


def price_row(name: str, purchase: str, usd: str) -> list[str]:
    """One row of a list."""
    return ["", "[[price]]", f'instance_type = "{name}"', f'purchase = "{purchase}"', f"usd_per_hour = {trimmed(usd)}"]


def regions(folder: str, on_demand_file: str) -> str:
    """How other regions compare with us-east-1, by family; the prices that follow are derived, not listed."""
    as_of = re.search(r'as_of = "([\d-]+)"', Path(on_demand_file).read_text("utf-8"))
    with (Path(folder) / "tco_constants.csv").open(encoding="utf-8", newline="") as stream:
        constants = {row["name"]: row for row in csv.DictReader(stream)}
    lines = [
        "# Prices in other regions, derived: the price in us-east-1 times the family's ratio, which was computed from one size",
        "# of the family in a public snapshot. Renew them with `offramp prices refresh --region` before you quote them.",
        "",
        'id = "aws-regions-derived"',
        f'as_of = "{SNAPSHOT}"',
        'base = "aws-us-east-1"',
        'source = "ratio between regions computed from skypilot-org/skypilot-catalog@00148f2a aws/vms.csv (undated, 2025-11 to '
        f'2026-02), times the list of us-east-1 of {as_of.group(1) if as_of else "?"}"',
        'licence = "facts only: ratios between prices, no row of the catalogue is copied"',
    ]
    for name, families in MULTIPLIERS.items():
        for region, column in REGIONS:
            if constants[name][column]:
                lines += multiplier(region, families, constants[name][column])
    same = sorted({family for families in MULTIPLIERS.values() for family in families} | {"p4d", "p5", "p5en", "trn1", "trn1n"})
    lines += multiplier("us-west-2", tuple(same), "1.0")
    lines += multiplier("us-east-2", ("g4dn", "g5", "g6", "g6e", "inf1", "inf2", "p4d", "p5", "p5en", "trn1", "trn1n"), "1.0")
    return "\n".join(lines) + "\n"


def multiplier(region: str, families: tuple[str, ...], factor: str) -> list[str]:
    """One ratio between regions."""
    listed = ", ".join(f'"{family}"' for family in families)
    return ["", "[[multiplier]]", f'region = "{region}"', f"families = [{listed}]", f"factor = {factor}"]


def prices_of(folder: str) -> list[dict[str, str]]:
    """The rows of AWS that are no examples of corrupt data."""
    with (Path(folder) / "prices.csv").open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["cloud"] == "AWS" and row["confidence"] != "reject"]


if __name__ == "__main__":
    sys.stdout.write({"on-demand": on_demand, "reserved": reserved, "regions": regions}[sys.argv[1]](*sys.argv[2:]))
