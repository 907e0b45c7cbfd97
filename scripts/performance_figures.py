"""Makes `rules/performance/published.toml` from a table of published performance.

    python scripts/performance_figures.py FACTS_FOLDER > rules/performance/published.toml

`FACTS_FOLDER` holds `perf_ratios.csv`. Only figures that can be compared are taken: the same model, shape and scenario
(`benchmark`) on several accelerators. MLPerf results are cited with round and submitter; what is derived from them here is
not verified by MLCommons. AWS's and Hugging Face's figures are single values with their place.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

BENCHMARKS = {
    "bert-large, sequence 384, MLPerf offline": ("encoder", "bert-large", {
        "P0486": "A10", "P0491": "A100-80GB", "P0675": "H100", "P0752": "H200", "P0676": "L4", "P0753": "L40S", "P0678": "T4"}),
    "resnet50, 224x224, MLPerf offline": ("vision", "resnet50", {
        "P0509": "A10", "P0692": "A100-80GB", "P0695": "H100", "P0800": "H200", "P0696": "L4", "P0801": "L40S", "P0698": "T4"}),
    "retinanet, MLPerf offline": ("vision", "retinanet", {
        "P0712": "A100-80GB", "P0813": "H100", "P0814": "H200", "P0443": "L4", "P0815": "L40S"}),
    "whisper-large-v3, MLPerf offline": ("asr", "whisper-large-v3", {
        "P0475": "B200", "P0480": "H200", "P0481": "L4", "P0482": "L40S"}),
    "stable-diffusion-xl, 1024x1024, MLPerf offline": ("diffusion", "stable-diffusion-xl", {
        "P0456": "B200", "P0457": "H100", "P0459": "H200", "P0460": "L4", "P0461": "L40S"}),
    "llama-3.1-8b, MLPerf offline": ("llm", "llama-3.1-8b", {
        "P0412": "B200", "P0413": "H100", "P0415": "H200", "P0416": "L40S"}),
    "llama-2-70b, MLPerf offline": ("llm", "llama-2-70b", {
        "P0382": "B200", "P0779": "H100", "P0781": "H200", "P0782": "L40S"}),
    "bert-base, sequence 128, batched": ("encoder", "bert-base", {"P0096": "Inferentia2", "P0163": "Trainium"}),
    "bert-large, sequence 128, batched": ("encoder", "bert-large", {"P0097": "Inferentia2", "P0164": "Trainium"}),
    "llama-3.1-8b, 1500 in and 250 out, vLLM on Neuron": ("llm", "llama-3.1-8b", {
        "P0332": "Inferentia2", "P0340": "Trainium", "P0344": "Trainium2"}),
    "llama-2-70b LoRA, MLPerf training, 8 accelerators": ("training", "llama-2-70b", {"P0910": "B200", "P0917": "H200"}),
    "stable-diffusion v2, MLPerf training, 8 accelerators": ("training", "stable-diffusion", {"P0933": "B200", "P0937": "H200"}),
    "bert-large, MLPerf training, 8 accelerators": ("training", "bert-large", {"P0892": "B200", "P0898": "H200"}),
    "retinanet, MLPerf training, 8 accelerators": ("training", "retinanet", {"P0919": "B200", "P0927": "H200"}),
}  # fmt: skip
"""By benchmark: the kind of model, its family, and the rows of the table with the accelerator that each stands for."""
KINDS = {"audited submission (vendor-run)": "audited", "vendor": "vendor", "partner": "partner", "independent": "independent"}


def main(folder: str) -> str:
    """The whole file as text."""
    with (Path(folder) / "perf_ratios.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["id"]: row for row in csv.DictReader(stream)}
    lines = [
        "# Published throughput per accelerator, made by scripts/performance_figures.py. A publisher who sells the thing says",
        "# so in `sells`. Results of MLPerf (Apache-2.0) belong to their submitters; ratios between them are not verified by",
        "# MLCommons.",
    ]
    for benchmark, (kind, family, figures) in BENCHMARKS.items():
        for row_id, accelerator in figures.items():
            lines += figure(benchmark, kind, family, accelerator, rows[row_id])
    return "\n".join(lines) + "\n"


def figure(benchmark: str, kind: str, family: str, accelerator: str, row: dict[str, str]) -> list[str]:
    """One figure as TOML."""
    publisher_kind = KINDS[row["publisher_type"]]
    round_name = (
        row["group"].replace("_", " ").replace("mlperf training", "MLPerf Training").replace("mlperf v", "MLPerf Inference v")
    )
    round_name = round_name if row["group"].startswith("mlperf") else ""
    is_time = row["metric"] == "time to train"
    # of training the table holds accelerator-hours to the target quality; runs an hour are what can be compared like a throughput
    value = round(1 / float(row["value_per_accelerator"]), 6) if is_time else float(row["value_per_accelerator"])
    values = {
        "benchmark": benchmark, "kind": kind, "family": family, "accelerator": accelerator,
        "per_accelerator": value, "unit": "runs/h" if is_time else row["unit"], "precision": precision(row),
        "conditions": ", ".join(part for part in (round_name, row["seq_len_or_shape"], row["scenario"], row["instance_or_system"]) if part),
        "software": row["software"] or "software as in the submission", "publisher": row["publisher"], "publisher_kind": publisher_kind,
        "sells": publisher_kind in ("audited", "vendor"), "as_of": day(row["source_date"]), "source": row["source"],
    }  # fmt: skip
    return ["", "[[figure]]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())]


def precision(row: dict[str, str]) -> str:
    """As stated; the audited rounds that state none are TensorRT at int8 or fp8, which only the submission tells."""
    return (
        row["precision"] if row["precision"] and not row["precision"].startswith("{") else "as submitted, not stated in the table"
    )


def day(text: str) -> str:
    """A whole date; the first day of a month where only that is known."""
    return text if len(text) == 10 else f"{text[:7]}-01"


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1]))
