"""Check that every operator under `lowered` in rules/operators/neuron-verdicts.toml really is lowered by PyTorch/XLA.

usage: check_lowerings.py xla_native_functions.yaml [ops_lower_fn.cpp]

The file is `codegen/xla_native_functions.yaml` of pytorch/xla at the commit that the table names. An operator that does not stand
there is lowered only if torch makes it of others before a backend sees it, which torch's dispatcher tells; what has kernels
alone runs on the CPU. Names that are no operators of torch (`quick_gelu`, `long`) are functions in Python, and are listed.
Needs torch and PyYAML. Exits with 1 where an operator is not lowered.

The second file is `torch_xla/csrc/ops/ops_lower_fn.cpp` of the same commit. Where the lowering of an operator there calls builders of
XLA and no function of PyTorch/XLA's own, each of them must be among the operations that the table gives. Which operators are
checked in this way, and which are our reading alone, is printed. Exits with 1 where an operation is missing.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

RULES = Path(__file__).parents[2] / "rules" / "operators" / "neuron-verdicts.toml"
MADE_OF_OTHERS = ("CompositeImplicitAutograd", "CompositeExplicitAutograd")
"""Keys of kernels that call other operators. `CompositeExplicitAutogradNonFunctional` is none: XLA is left out of it."""
LOWERING = re.compile(r"XlaOpVector (\w+)::Lower\([^)]*\) const \{(.*?)\n\}", re.DOTALL)
BUILDER = re.compile(r"xla::([A-Z]\w+)\(")
OWN_FUNCTION = re.compile(r"\b(?:Build|Create|Lower)\w*\(")
WITHOUT_MEANING = frozenset({"ConvertElementType"})
"""Builders that only bring operands to one type."""
HLO_OF_BUILDER = {
    "Expm1": "exponential_minus_one", "Not": "LogicalNot", "And": "LogicalAnd", "Erf": "AwsNeuronErf", "IsNan": "ne",
}  # fmt: skip
"""Builders that the compiler's pages name otherwise. XLA compares a number with itself for `IsNan`; the compiler takes `Erf` as a call of its own."""
ONLY_IN_PLACE_OR_OUT = (".out", "_out")


def lowered_by_xla(listing: Path) -> set[str]:
    """Names without overloads, and without the mark of those that work in place."""
    import yaml

    entries = [entry for part in yaml.safe_load(listing.read_text("utf-8")).values() if isinstance(part, list) for entry in part]
    names = {(entry if isinstance(entry, str) else entry["func"]).partition(".")[0] for entry in entries}
    return names | {name.removesuffix("_") for name in names}


def overloads() -> dict[str, list[str]]:
    """The functional overloads of every operator of torch."""
    import torch

    found: dict[str, list[str]] = {}
    for name in torch._C._dispatch_get_all_op_names():
        if name.startswith("aten::") and not name.endswith(ONLY_IN_PLACE_OR_OUT):
            found.setdefault(name[6:].partition(".")[0], []).append(name)
    return found


def builders_of(source: Path) -> dict[str, set[str]]:
    """By operator the builders that its lowering calls, where it calls nothing else."""
    found = {}
    for name, body in LOWERING.findall(source.read_text("utf-8")):
        operator = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().removesuffix("_tensor").removesuffix("_scalar")
        if not OWN_FUNCTION.search(body):
            found[operator] = set(BUILDER.findall(body)) - WITHOUT_MEANING
    return found


def check_operations(tables: list[dict[str, list[str]]], source: Path) -> bool:
    """Print which operators' operations the source confirms; whether none is missing in the table."""
    listed = {name: {hlo.lower() for hlo in table["hlo"]} for table in tables for name in table["operators"]}
    called = {name: {HLO_OF_BUILDER.get(each, each).lower() for each in made} for name, made in builders_of(source).items()}
    checked = sorted(set(listed) & set(called))
    missing = [f"{name} ({', '.join(sorted(called[name] - listed[name]))})" for name in checked if called[name] - listed[name]]
    print(f"operations confirmed by the source: {len(checked) - len(missing)} of {len(listed)} operators ({', '.join(checked)})")
    print(f"operations missing in the table: {', '.join(missing) or 'none'}")
    return not missing


def main() -> int:
    """Print what is not lowered, and what is no operator."""
    import tomli
    import torch

    has_kernel, listed, known = torch._C._dispatch_has_kernel_for_dispatch_key, lowered_by_xla(Path(sys.argv[1])), overloads()
    tables = tomli.loads(RULES.read_text("utf-8"))["lowered"]
    wanted = sorted({name for table in tables for name in table["operators"]} - listed)
    functions = [name for name in wanted if name not in known]
    wrong = [
        name for name in wanted
        if name in known and not all(any(has_kernel(each, key) for key in MADE_OF_OTHERS) for each in known[name])
    ]  # fmt: skip
    print(f"functions in Python: {', '.join(functions)}")
    print(f"not lowered: {', '.join(wrong) or 'none'}")
    is_complete = len(sys.argv) < 3 or check_operations(tables, Path(sys.argv[2]))
    return 1 if wrong or not is_complete else 0


if __name__ == "__main__":
    sys.exit(main())
