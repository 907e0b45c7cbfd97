"""Makes the tables of AWS Neuron's lifecycle, packages, features, replacements and issues from CSV files, in our own words.

    python scripts/neuron_tables.py FOLDER_WITH_THE_CSV_FILES

The CSV files lie outside of the repository; every row names the page that it was read from. Written are
`neuron.toml` in the folders lifecycle, packages, features, replacements and issues of `rules`. What no table says (release
days, announcements after the tables were made) is kept by hand in `rules/lifecycle/neuron-by-hand.toml`.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import tomli

RULES = Path(__file__).parents[1] / "rules"
KINDS = {"end-of-support": "end-of-support", "maintenance": "maintenance", "new/changed": "change"}
CHIPS = ("inf1", "inf2", "trn1", "trn2", "trn3")
SUBJECTS = (
    r"^Announcing (?:the )?(?:upcoming )?(?:end[- ]of[- ]support|deprecation|maintenance mode)"
    r"(?: of| for)?(?: support)?(?: the)? (?P<s>.+)$",
    r"^Announcing (?:intent|changes|migration|name change)\w* (?:of|for|to|to deprecate) (?P<s>.+)$",
    r"^(?:Introducing|Announcing Transition to) (?P<s>.+)$",
    r"^Neuron (?:support|now supports?)(?: for)? (?P<s>.+?)(?: enters maintenance mode)?$",
    r"^Neuron no longer (?:supports?|includes?|publishes)(?: support for| for)?(?: the)? (?P<s>.+)$",
    r"^Neuron DLAMIs no longer include (?P<s>.+)$",
    r"^(?P<s>.+?) (?:is|are) now in maintenance mode.*$",
    r"^(?P<s>.+?) (?:enters?|maintenance support|no longer support(?:s|ed)|reaches).*$",
    r"^End of support (?:for )?(?P<s>.+?)(?: coming.*)?$",
    r"^(?:Announcing )?(?P<s>.+)$",
)
"""What an announcement is about, in its title: the first pattern that fits."""
RELEASE = r"(?:AWS )?Neuron(?: SDK)?(?: release| version)? ?[\d.]+"
TAILS = re.compile(
    rf",? *(?:starting (?:with |in |from )?(?:the )?(?:{RELEASE}(?: release)?|(?:from starting )?next release|this release|"
    rf"with this release|in (?:a )?future release)(?: \(.*\))?|from +starting next release|starting a future release|"
    rf"in (?:a )?future releases?|coming in a future Neuron release|with {RELEASE}|starting {RELEASE}|in {RELEASE}|"
    r"in (?:the )?upcoming releases|in next release)\s*$",
    re.IGNORECASE,
)
"""What every title says besides."""
OUR_WORDS = {
    "announce-eos-jax-neuronx-nki-call.rst": "`jax_neuronx.nki_call`",
    "announce-no-support-jax-neuronx-nki-call.rst": "`jax_neuronx.nki_call`",
    "announce-eos-neuron-profiler-2.rst": "Neuron Profiler and Profiler 2.0, in favour of Neuron Explorer",
    "announce-eos-neuron-profiler-v230.rst": "Neuron Profiler and Profiler 2.0, in favour of Neuron Explorer (put off)",
    "announce-no-longer-support-neuron-profiler.rst": "Neuron Profiler, replaced by Neuron Explorer",
    "announce-correction-neuron-driver-support-inf1.rst": "Driver for Inf1 pinned to 2.24, not to 2.21 as said before",
    "announce-transition-pytorch-trainium.rst": "PyTorch/XLA on Trainium gives way to native PyTorch from PyTorch 2.10 on",
    "announce-nxdi-changes.rst": "NxD Inference is to be simplified",
    "announce-nxdi-maintenance-support-2-31.rst": "NxD Inference 0.10 and NxD Core 0.19",
    "announce-maintenance-nxdi-nxd-core-inference.rst": "NxD Inference and the inference interfaces of NxD Core",
    "announce-maintenance-nxdt-nxd-core-training.rst": "NxD Training and the training interfaces of NxD Core",
    "announce-maintenance-pytorch-xla-inference.rst": "Torch/XLA for inference on Inf2 and Trn1 (PyTorch 2.9)",
    "announce-intent-eos-nki-spmd-launch-grid.rst": "The launch grid that NKI kernels need for two cores (LNC2)",
    "neuron2-intro.rst": "New names and ways of installing packages",
    "sm-training-trn1-introduce.rst": "SageMaker runs training jobs on Trn1",
    "announce-eos-pytorch-profiling-api.rst": "`torch_neuronx.experimental.profiler.profile`, in favour of `torch.profiler`",
    "announce-deprecation-nxd-path-trace-api.rst": "`parallel_model_trace` of NxD Inference",
    "announce-no-support-torch-neuron-versions.rst": "torch-neuron 1.9 and 1.10",
}
FIRST_CHIP = (
    r"torch-neuron\b(?!x)|pytorch neuron version|mxnet|mx_neuron|tensorflow.neuron|tensorflow 2\.[89]|\binf1\b|ssd300|"
    r"runtime 1\.x"
)
EVENTS_HEAD = "What AWS announced of the Neuron SDK: ends of support, maintenance, changes. Made by scripts/neuron_tables.py."
PACKAGES_HEAD = (
    "Which packages of the Neuron SDK fit together: the last patch of every minor release. Made by scripts/neuron_tables.py."
)
REPLACEMENTS_HEAD = "What takes the place of CUDA, as far as sources tell; `stated` where a source says so itself. Made by scripts/neuron_tables.py."
ISSUES_HEAD = "What stopped others on Neuron, by theme, with threads. Made by scripts/neuron_tables.py."
FEATURES_HEAD = "Features and patterns by chip, in the words of our reading of the sources. Made by scripts/neuron_tables.py."


def main(folder: Path) -> None:
    """Write the tables and print what was kept and what was left out."""
    counts: Counter[str] = Counter()
    (RULES / "lifecycle" / "neuron.toml").write_text(events(rows(folder / "neuron_lifecycle.csv"), counts), "utf-8")
    (RULES / "packages" / "neuron.toml").write_text(packages(rows(folder / "neuron_packages.csv"), counts), "utf-8")
    (RULES / "features" / "neuron.toml").write_text(features(rows(folder / "neuron_features.csv"), counts), "utf-8")
    (RULES / "replacements" / "neuron.toml").write_text(replacements(rows(folder / "neuron_replacements.csv"), counts), "utf-8")
    (RULES / "issues" / "neuron.toml").write_text(issues(rows(folder / "neuron_issues.csv"), counts), "utf-8")
    for name, count in sorted(counts.items()):
        sys.stdout.write(f"{count:6} {name}\n")


def rows(path: Path) -> list[dict[str, str]]:
    """A CSV file's rows."""
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def events(found: Iterable[dict[str, str]], counts: Counter[str]) -> str:
    """The announcements, oldest first."""
    lines = [f"# {EVENTS_HEAD}", "", 'as_of = "2026-08-21"']
    days = release_days()
    for row in sorted(found, key=lambda row: (row["date"], row["source"])):
        if row["title"] == "Previous Announcements":
            counts["lifecycle: index pages left out"] += 1
            continue
        release = release_of(row, days)
        effective = effective_of(row, release, days)
        counts[f"lifecycle: {KINDS[row['kind']]}"] += 1
        counts["lifecycle: without a release"] += not release
        counts["lifecycle: without a day of effect"] += not effective
        lines += ["", "[[event]]", f"kind = {quoted(KINDS[row['kind']])}", f"subject = {quoted(subject_of(row))}"]
        lines += [f"chips = {quoted(chips_of(row))}", f"announced = {quoted(row['date'])}"]
        lines += [f"release = {quoted(release)}"] if release else []
        lines += [f"effective = {quoted(effective)}"] if effective else []
        lines += [f"source = {quoted(row['source'])}"]
    return "\n".join(lines) + "\n"


def release_days() -> dict[str, str]:
    """The days of the releases, oldest first, from the table that is kept by hand."""
    document = tomli.loads((RULES / "lifecycle" / "neuron-by-hand.toml").read_text("utf-8"))
    return {entry["version"]: entry["date"] for entry in document["release"]}


def subject_of(row: dict[str, str]) -> str:
    """What it is about: the title without what every title says."""
    own = OUR_WORDS.get(row["source"].rpartition("/")[2])
    if own is not None:
        return own
    title = re.sub(r"\s+", " ", row["title"]).replace("``", "`").strip()
    matched = next(match for pattern in SUBJECTS if (match := re.match(pattern, title, re.IGNORECASE)))
    return TAILS.sub("", TAILS.sub("", matched["s"])).strip(" ,.")


def release_of(row: dict[str, str], days: dict[str, str]) -> str:
    """The release with which it takes effect, or "" where none is named: the one after the last that still has it."""
    text = f"{row['title']} {plain(row['text_start'])}"
    last = re.search(r"Neuron (?:SDK )?(?:release )?(\d+)\.(\d+)(?:\.\d+)?[^.]{0,90}? the last ", text, re.IGNORECASE)
    if last is not None:
        return f"{last[1]}.{int(last[2]) + 1}"
    opening = r"(?:start\w*|beginning|in|with|from|before) (?:with |from |in |the )*"
    named = re.search(opening + RELEASE.replace("[\\d.]+", r"(\d+\.\d+)"), text, re.IGNORECASE)
    if named is not None:
        return named[1]
    if re.search(r"starting (?:from +starting )?next release", text, re.IGNORECASE):
        return next((version for version, day in days.items() if day > row["date"]), "")
    return ""


def effective_of(row: dict[str, str], release: str, days: dict[str, str]) -> str:
    """The day of its release, at the latest that of the next one known; else of the announcement, where this states a fact."""
    day = min((day for version, day in days.items() if release and numbers(version) >= numbers(release)), default="")
    return max(day, row["date"]) if states(row) else day


def states(row: dict[str, str]) -> bool:
    """Whether an announcement says that something is so, not that it will be."""
    return not re.match(r"Announcing|Upcoming|End of Support .* coming|.* starting in a future", row["title"], re.IGNORECASE)


def plain(text: str) -> str:
    """Text without the marks of links."""
    return re.sub(r":\w+:`([^`<]+?)\s*(?:<[^>]*>)?`", r"\1", text)


def chips_of(row: dict[str, str]) -> list[str]:
    """The chips that it is about, as far as the words tell; all later ones where they do not."""
    text = f"{row['title']} {row['text_start']}".lower()
    if row["source"].endswith("announce-correction-neuron-driver-support-inf1.rst") or "driver 2.21 support" in text:
        return ["inf1"]
    if "for training workloads on trainium" in text or "for aws trainium" in text:
        return ["trn1", "trn2", "trn3"]
    named = [chip for chip in CHIPS[1:] if re.search(rf"\b{chip}\b", text)]
    if named:
        return named
    if re.search(FIRST_CHIP, text):
        return ["inf1"]
    return ["inf2"] if "inferentia2" in text else list(CHIPS[1:])


def packages(found: list[dict[str, str]], counts: Counter[str]) -> str:
    """The packages of the last patch of every minor release, newest first."""
    versions = sorted({row["sdk_version"] for row in found}, key=numbers, reverse=True)
    kept: dict[str, str] = {}
    for version in versions:
        kept.setdefault(version.rpartition(".")[0], version)
    lines = [f"# {PACKAGES_HEAD}", "", 'as_of = "2026-08-21"', f"source = {quoted(found[0]['source'])}"]
    for version in kept.values():
        own = [row for row in found if row["sdk_version"] == version]
        counts["packages: rows"] += len(own)
        counts["packages: releases"] += 1
        lines += ["", "[[release]]", f"version = {quoted(version)}", "packages = ["]
        for row in sorted(own, key=lambda row: (row["package"].lower(), numbers(row["version"]))):
            entry = [
                row["package"],
                row["version"],
                " ".join(sorted(row["instances"].replace("inf.", "inf1 inf2").split())),
                row["python_versions"].strip(),
            ]
            lines.append(f"  {quoted(entry)},")
        lines.append("]")
    counts["packages: rows of earlier patches left out"] = len(found) - counts["packages: rows"]
    return "\n".join(lines) + "\n"


def features(found: Iterable[dict[str, str]], counts: Counter[str]) -> str:
    """The features, in the order of the table."""
    lines = [f"# {FEATURES_HEAD}", "", 'as_of = "2026-08-21"']
    for row in found:
        counts["features: rows"] += 1
        lines += ["", "[[feature]]", f"category = {quoted(row['category'])}", f"name = {quoted(row['feature_or_pattern'])}"]
        for chip in CHIPS:
            counts["features: cells without a statement"] += not row[chip]
            lines += [f"{chip} = {quoted(row[chip])}"] if row[chip] else []
        lines += [f"instead = {quoted(row['replacement_or_workaround'])}"] if row["replacement_or_workaround"] else []
        lines += [f"note = {quoted(row['note'])}"] if row["note"] else []
        lines += [f"release = {quoted(row['sdk_version'])}"]
        lines += [f"sources = {quoted([part.strip() for part in row['source'].split(';') if part.strip()])}"]
    return "\n".join(lines) + "\n"


def replacements(found: Iterable[dict[str, str]], counts: Counter[str]) -> str:
    """What takes the place of a construct of CUDA or PyTorch, on the traced and on the native way."""
    lines = [f"# {REPLACEMENTS_HEAD}", "", 'as_of = "2026-08-21"']
    for row in found:
        is_stated = row["pairing_stated_by_source"] == "yes"
        counts[f"replacements: {'stated by the source' if is_stated else 'pairing inferred'}"] += 1
        lines += ["", "[[replacement]]", f"area = {quoted(row['area'])}", f"name = {quoted(row['cuda_construct'])}"]
        for key, column in (("traced", "neuron_replacement_xla_inf2_trn1"), ("native", "neuron_replacement_native_trn2_trn3")):
            lines += [f"{key} = {quoted(row[column])}"] if row[column] else []
        lines += [f"effort = {quoted(row['effort'])}", f"known = {quoted(row['confidence'])}"]
        lines += [f"stated = {'true' if is_stated else 'false'}"]
        lines += [f"note = {quoted(row['note'])}"] if row["note"] else []
        lines += [f"release = {quoted(row['sdk_version'])}"]
        lines += [f"sources = {quoted([part.strip() for part in row['source'].split(';') if part.strip()])}"]
    return "\n".join(lines) + "\n"


def issues(found: Iterable[dict[str, str]], counts: Counter[str]) -> str:
    """What stopped others, with the threads that say so."""
    lines = [f"# {ISSUES_HEAD}", "", 'as_of = "2026-08-21"']
    for row in found:
        counts["issues: rows"] += 1
        lines += ["", "[[issue]]", f"name = {quoted(row['theme'])}", f"symptom = {quoted(row['symptom'])}"]
        lines += [f"sign = {quoted(row['static_pattern_that_predicts_it'])}", f"foretold = {quoted(row['predictable_statically'])}"]
        lines += [f"chips = {quoted([*CHIPS] if row['hardware'] == 'all' else row['hardware'].split('/'))}"]
        lines += [f"threads = {quoted(row['threads'].split())}"]
    return "\n".join(lines) + "\n"


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers, for sorting."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def quoted(value: object) -> str:
    """A string or list of strings as TOML."""
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
