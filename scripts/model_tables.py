"""Makes the tables of models and devices from sources outside of the repository, in our own words.

    python scripts/model_tables.py neuron FOLDER_WITH_THE_CSV_FILES
    python scripts/model_tables.py shapes LITGPT_CONFIG_PY LABEL_OF_ITS_VERSION
    python scripts/model_tables.py timm RESULTS_CSV LABEL_OF_ITS_VERSION

`neuron` writes `rules/models/neuron.toml` (the documented models, row by row with their source) and
`rules/devices/neuron.toml` (memory by chip and instance). `shapes` writes `rules/models/language-shapes.toml`: layers, heads and
widths of language models, and the number of parameters that follows from them. `timm` writes the published parameter counts of
image models to `rules/models/vision-parameters.toml`. `shapes` runs the file that it is given, which is why it is a script for
whoever maintains the tables and no part of the program.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

RULES = Path(__file__).parents[1] / "rules"
CHIPS = ("inf1", "inf2", "trn1", "trn2", "trn3")
STATUSES = (
    (r"^$|^—$", ""),
    (r"^NA$", "not applicable"),
    (r"^unsupported$|not supported by", "other chips"),
    (r"not tested|unlikely", "not tested"),
    (r"roadmap", "roadmap"),
    (r"training unsupported since", "ended"),
    (r"SDK <=", "ended"),
    (r"limited|limitations", "limited"),
    (r"^mentioned$|code present|package lists|not stated", "mentioned"),
    (r"beta", "beta"),
    (r"maintenance", "maintenance"),
    (r"^sample", "sample"),
    (r"^.{0,3}(working|functional)|^PASS", "community"),
    (r"^supported", "supported"),
)
"""What a cell of the table amounts to: the first pattern that fits. The cell's own words are kept beside it."""


def toml_rows(rows: Iterable[Iterable[object]]) -> str:
    """Rows of text as a TOML array, one a line."""
    return "[\n" + "".join(f"  {json.dumps([str(cell) for cell in row], ensure_ascii=False)},\n" for row in rows) + "]\n"


def write(path: Path, head: str, body: str) -> None:
    """A table with a comment that says what it is."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"# {head} Made by scripts/model_tables.py.\n\n{body}", encoding="utf-8")


# ---- AWS Neuron ------------------------------------------------------------------------------------------------------


def status_of(cell: str) -> str:
    """The status that a cell amounts to; raises `ValueError` for words that no pattern knows."""
    for pattern, status in STATUSES:
        if re.search(pattern, cell.strip(), re.IGNORECASE):
            return status
    raise ValueError(f"no status for {cell!r}")


def neuron(folder: Path) -> None:
    """The documented models and the hardware of AWS Neuron."""
    with (folder / "neuron_models.csv").open(encoding="utf-8", newline="") as stream:
        models = list(csv.DictReader(stream))
    rows = []
    for row in models:
        is_training = "training" in row["task"] or "training" in row["source_list"]
        cells = [f"{status_of(row[chip])}|{row[chip]}" if status_of(row[chip]) else "" for chip in CHIPS]
        rows.append(
            [row["model_or_architecture"], row["source_list"], "training" if is_training else "inference", row["library"], *cells,
             row["fit"], row["note"][:160], row["sdk_version"], row["source"]]
        )  # fmt: skip
    body = (
        'as_of = "2026-08-21"\n# model, list, use, library, '
        + ", ".join(CHIPS)
        + " (status|the words of the source), fit, note, SDK version, source\nrows = "
        + toml_rows(rows)
    )
    write(RULES / "models" / "neuron.toml", "Models that the pages and repositories about AWS Neuron list.", body)
    print(len(rows), "models", Counter(row["source_list"] for row in models).most_common(20))
    devices(folder)


def devices(folder: Path) -> None:
    """Memory of chips and instances."""
    with (folder / "neuron_hw.csv").open(encoding="utf-8", newline="") as stream:
        hardware = [row for row in csv.DictReader(stream) if row["level"] == "instance" and row["memory_gib"].isdecimal()]
    rows = [
        [row["name"], "trn1" if row["generation"] == "trn1n" else row["generation"], row["chips"],
         int(row["memory_gib"]) // int(row["chips"]), row["host_memory_gib"], row["status"], row["sdk_version"], row["source"]]
        for row in hardware
    ]  # fmt: skip
    body = (
        'as_of = "2026-08-21"\n# instance, chip, devices, GiB a device, GiB of the host, status, SDK version, source\nrows = '
        + toml_rows(rows)
    )
    write(RULES / "devices" / "neuron.toml", "Instances with AWS Neuron devices and their memory.", body)
    print(len(rows), "instances")


# ---- shapes of language models ---------------------------------------------------------------------------------------


def parameters_of(shape: Mapping[str, Any]) -> int:
    """The number of parameters that follows from a shape: embeddings, attention, feed-forward, norms.

    Embedding and output matrix are counted once each unless the model ties them, which the source does not say; so families
    that tie them are over-counted by one matrix. Biases and norms are counted, and are below one in a thousand.
    """
    width, layers, head = shape["n_embd"], shape["n_layer"], shape["head_size"]
    query, groups, vocabulary = shape["n_head"] * head, shape["n_query_groups"] * head, shape["vocab_size"]
    attention = width * (query + 2 * groups) + query * width
    inner = shape["moe_intermediate_size"] or shape["intermediate_size"]
    kind = shape["mlp_class_name"]
    if kind == "LLaMAMoE":
        feed_forward = shape["n_expert"] * 3 * width * inner + width * shape["n_expert"]
    else:
        feed_forward = (2 if kind == "GptNeoxMLP" else 3) * width * shape["intermediate_size"]
    return int(layers * (attention + feed_forward + 2 * width) + 2 * vocabulary * width + width)


def shapes(config: Path, label: str) -> None:
    """The shapes of all models of a configuration module, by their id."""
    spec = importlib.util.spec_from_file_location("model_configurations", config)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    rows: dict[str, list[object]] = {}
    for raw in module.configs:
        shape = vars(module.Config(**raw))
        names = shape["hf_config"]
        if shape["latent_attention"] is not None or not names or raw.get("first_k_dense_replace") is not None:
            continue  # its cache and its layers are of another kind than the formulas are for
        key = f"{names['org']}/{names['name']}"
        rows[key.lower()] = [
            key, parameters_of(shape), shape["n_layer"], shape["n_embd"], shape["n_query_groups"], shape["head_size"],
            shape["vocab_size"], shape["block_size"],
        ]  # fmt: skip
    body = (
        f"source = {json.dumps(label)}\n"
        'basis = "derived"\n# id, parameters (from the shape), layers, width, key-value heads, width of a head, vocabulary, context\nrows = '
        + toml_rows(rows[key] for key in sorted(rows))
    )
    write(RULES / "models" / "language-shapes.toml", "Shapes of language models.", body)
    print(len(rows), "shapes")


def timm(results: Path, label: str) -> None:
    """Published parameter counts of image models."""
    with results.open(encoding="utf-8", newline="") as stream:
        counts = {row["model"].partition(".")[0]: row["param_count"].replace(",", "") for row in csv.DictReader(stream)}
    body = (
        f"source = {json.dumps(label)}\n"
        'basis = "reported"\n# name without its tag of weights, millions of parameters\nrows = ' + toml_rows(sorted(counts.items()))
    )
    write(RULES / "models" / "vision-parameters.toml", "Parameter counts of image models.", body)
    print(len(counts), "image models")


def main(words: list[str]) -> None:
    """One of the three jobs."""
    if words[:1] == ["neuron"] and len(words) == 2:
        neuron(Path(words[1]))
    elif words[:1] == ["shapes"] and len(words) == 3:
        shapes(Path(words[1]), words[2])
    elif words[:1] == ["timm"] and len(words) == 3:
        timm(Path(words[1]), words[2])
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
