"""Check that every operator under `lowered` in rules/operators/neuron-verdicts.toml really is lowered by PyTorch/XLA.

usage: check_lowerings.py xla_native_functions.yaml

The file is `codegen/xla_native_functions.yaml` of pytorch/xla at the commit that the table names. An operator that does not stand
there is lowered only if torch makes it of others before a backend sees it, which torch's dispatcher tells; what has kernels
alone runs on the CPU. Names that are no operators of torch (`quick_gelu`, `long`) are functions in Python, and are listed.
Needs torch and PyYAML. Exits with 1 where an operator is not lowered.
"""

from __future__ import annotations

import sys
from pathlib import Path

RULES = Path(__file__).parents[2] / "rules" / "operators" / "neuron-verdicts.toml"
MADE_OF_OTHERS = ("CompositeImplicitAutograd", "CompositeExplicitAutograd")
"""Keys of kernels that call other operators. `CompositeExplicitAutogradNonFunctional` is none: XLA is left out of it."""
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
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
