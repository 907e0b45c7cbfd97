"""Reads the use of models off files other than Python: containers, deployments, settings, model files, config.json."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.knowledge.workload import load_model_names
from analyzer.model.facts import Entry, FileFacts
from analyzer.model.workload import Evidence
from analyzer.workload.model_ids import is_model_id
from analyzer.workload.sightings import Seen, SeenLimit, SeenModel, Sightings, file_line
from analyzer.workload.signal_index import Hit, SignalIndex, valued

MOST_WHY = 100


class FileReader:
    """Entries of one file after the other."""

    def __init__(self, index: SignalIndex, sightings: Sightings) -> None:
        self.index = index
        self.found = sightings
        self.names = load_model_names()
        self.first_words = frozenset(words[0] for words in self.names.commands)

    def read(self, facts: FileFacts) -> dict[str, tuple[str, int]]:
        """What one file says; given back is what it says of a shape: what it is -> (value, line)."""
        shape: dict[str, tuple[str, int]] = {}
        for entry in facts.entries:
            kind = entry.kind
            if kind == "setting":
                self.setting(facts, entry, shape)
            elif kind == "option":
                self.option(facts, entry)
            elif kind == "command":
                self.command(facts, entry)
            elif kind == "environment":
                self.add(facts, entry, self.index.environment.get(entry.name, ()), f"sets {entry.name}", entry.value)
                if entry.name in self.names.environment:
                    self.model(facts, entry, entry.value, f"{entry.name} is set to it", is_certain=True)
            elif kind == "image":
                self.add(facts, entry, self.index.of_image(entry.name), f"image {entry.name}")
            elif kind == "artifact":
                self.add(facts, entry, self.index.artifacts.get(entry.name, ()), f"holds a file of the format {entry.name}")
            elif kind in ("requirement", "locked"):
                self.add(facts, entry, self.index.packages.get(entry.name, ()), f"requires {entry.name}")
        return shape

    def evidence(self, facts: FileFacts, entry: Entry, why: str) -> Evidence:
        """The place of an entry."""
        return Evidence(facts.path, file_line(facts, entry.span.line), why[:MOST_WHY])

    def add(self, facts: FileFacts, entry: Entry, hits: Iterable[Hit], why: str, value: str = "") -> None:
        """What an entry says, if anything."""
        detail = value.strip("\"'") if value.strip("\"'").isdecimal() else ""
        self.found.signals.extend(
            Seen(signal, is_hint, detail, self.evidence(facts, entry, why)) for signal, is_hint in hits
        )  # fmt: skip

    def setting(self, facts: FileFacts, entry: Entry, shape: dict[str, tuple[str, int]]) -> None:
        """`base_model: owner/name`, `zero_optimization.stage: 3`, `hidden_size: 4096`."""
        last = entry.name.rpartition(".")[2]
        held = self.names.shape.get(last)
        if held is not None and facts.kind == "json":
            shape.setdefault(held, (entry.value, entry.span.line))
        key, value = last.lower().replace("-", "_").lstrip("_"), entry.value
        if key in self.index.settings and value.lower() not in ("", "false", "null", "none", "~"):
            self.add(facts, entry, valued(self.index.settings, key, value), f"{entry.name[-60:]}: {value}", value)
        two = ".".join(entry.name.split(".")[-2:]).lower()
        if two in self.index.settings:
            self.add(facts, entry, valued(self.index.settings, two, value), f"{entry.name[-60:]}: {value}", value)
        self.limit(facts, entry, key, value)
        if last in self.names.settings or two in self.names.settings:
            self.model(facts, entry, value, f"{last}: names it", is_certain=last not in ("model", "pretrained", "checkpoint_dir"))

    def option(self, facts: FileFacts, entry: Entry) -> None:
        """`--model owner/name`, `--tensor-parallel-size 2`."""
        name, _, value = entry.value.partition(" ")
        key = name.lstrip("-").lower().replace("-", "_")
        if not name.startswith("-") or not key:
            return
        value = value.strip().strip("\"'")
        self.add(facts, entry, valued(self.index.options, key, value), f"{name} {value}".strip(), value)
        self.limit(facts, entry, key, value)
        if key in self.names.options:
            self.model(facts, entry, value, f"given to {entry.name} by {name}", is_certain=True)

    def command(self, facts: FileFacts, entry: Entry) -> None:
        """`vllm serve owner/name`."""
        self.add(
            facts,
            entry,
            self.index.of_command(entry.name, entry.value),
            f"runs {entry.name} {' '.join(entry.value.split())}"[:MOST_WHY],
        )
        if entry.name in self.first_words:
            words = entry.value.split()
            for command in self.names.commands:
                size = len(command) - 1
                if command[0] == entry.name and tuple(words[:size]) == command[1:] and len(words) > size:
                    why = f"given to {' '.join(command)}"
                    self.model(facts, entry, words[size].strip("\"'"), why, is_certain="/" in words[size])

    def limit(self, facts: FileFacts, entry: Entry, key: str, value: str) -> None:
        """A number that bounds what is held at once, or the type of the weights."""
        kind = self.names.limits.get(key, "")
        if kind == "dtype" and value.strip("\"'") in self.names.dtypes:
            self.found.dtypes.append((self.names.dtypes[value.strip("\"'")], self.evidence(facts, entry, f"{key}: {value}")))
        elif kind not in ("", "dtype") and value.isdecimal() and len(value) < 9:
            self.found.limits.append(SeenLimit(kind, int(value), self.evidence(facts, entry, f"{key}: {value}")))

    def model(self, facts: FileFacts, entry: Entry, text: str, why: str, is_certain: bool) -> None:
        """A model, where the text is the id of one."""
        text = text.strip().strip("\"'")
        if is_model_id(text, is_certain and "/" in text):
            self.found.models.append(SeenModel(text, False, "", "", self.evidence(facts, entry, why)))
