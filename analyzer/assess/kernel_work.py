"""Custom kernels as work: each file of kernels once, whatever launches them; instantiations and copies cost nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from analyzer.detect.hit import KERNEL_LIST
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.knowledge.kernel_kinds import load_kernel_kinds
from analyzer.model.finding import Finding
from analyzer.model.kernels import Kernel, KernelInventory
from analyzer.model.target import EffortRange

EXTENSION = "extension "


class Shares(NamedTuple):
    """Work of a group of kernels in kernels of the usual size that are written anew, and what the hardest of them does."""

    low: float
    likely: float
    high: float
    kind: str = ""
    way: str = ""
    lines: int = 0

    def scaled(self, effort: EffortRange) -> EffortRange:
        """The range for one unit of `likely`: its ends as far off as the shares' are."""
        if not self.likely:
            return effort
        return EffortRange(
            effort.low_days * self.low / self.likely, effort.likely_days, effort.high_days * self.high / self.likely, effort.per
        )


class KernelWork:
    """Tells which kernels a finding is about, and how many units of work they are."""

    def __init__(self, inventory: KernelInventory) -> None:
        self.inventory = inventory
        self.kinds = load_kernel_kinds()
        self.kernels_in: dict[str, list[Kernel]] = {}
        for kernel in inventory.kernels:
            self.kernels_in.setdefault(kernel.path, []).append(kernel)
        self.defined_in = {copy.path: kernel.path for kernel in reversed(inventory.kernels) for copy in kernel.copies}
        self.defined_in.update((path, path) for path in self.kernels_in)
        self.called_at = {
            (site.path, site.line): kernel.path for kernel in reversed(inventory.kernels) for site in kernel.call_sites
        }
        self.extensions = {extension.name: bool(extension.kernels) for extension in inventory.extensions}
        self.host_files = frozenset(inventory.host_files)

    def group(self, finding: Finding) -> str:
        """What is moved at once: a file of kernels, an extension without any of its own, or the file of the finding."""
        if finding.path in self.defined_in:
            return self.defined_in[finding.path]
        called = self.called_at.get((finding.path, finding.span.line))
        if called is not None:
            return called
        for name in (finding.symbol, finding.symbol.rpartition(".")[0]):
            if name in self.extensions:
                return EXTENSION + name
        return finding.path

    def shares(self, group: str, findings: Sequence[Finding], target_id: str, constants: EffortConstants) -> Shares:
        """Work of a group: the hardest kernel of a file whole, further ones less; calls and imports nothing by themselves."""
        found = self._shares(group, findings, target_id, constants)
        if not all(finding.in_tests for finding in findings):
            return found
        weight = constants.test_code_weight
        return found._replace(low=found.low * weight, likely=found.likely * weight, high=found.high * weight)

    def _shares(self, group: str, findings: Sequence[Finding], target_id: str, constants: EffortConstants) -> Shares:
        kernels = self.kernels_in.get(group, ())
        if group.startswith(EXTENSION):
            return self._untold(0.0 if self.extensions[group.removeprefix(EXTENSION)] else 1.0, target_id)
        if kernels:
            return self._of_kernels(kernels, target_id, constants)
        sources = [finding for finding in findings if finding.symbol.startswith(KERNEL_LIST)]
        others = {f.symbol for f in findings if f not in sources and not f.rule_id.endswith("-import")}
        if others:
            return self._untold(1.0 + constants.extra_kernel_weight * (len(others) - 1), target_id)
        return self._untold(constants.header_kernel_weight if any(f.path in self.host_files for f in sources) else 0.0, target_id)

    def _of_kernels(self, kernels: Sequence[Kernel], target_id: str, constants: EffortConstants) -> Shares:
        """The kernels of a file, each by its kind and length: the hardest first, and whole."""
        rated = []
        for kernel in kernels:
            size, way = self.kinds.size_factor(kernel.lines), self.kinds.way(kernel, target_id)
            rated.append((size * way.likely, size * way.low, size * way.high, kernel.name, kernel))
        rated.sort(key=lambda item: item[:4], reverse=True)
        low = likely = high = 0.0
        for place, (own_likely, own_low, own_high, _, _) in enumerate(rated):
            weight = 1.0 if place == 0 else constants.extra_kernel_weight
            low, likely, high = low + weight * own_low, likely + weight * own_likely, high + weight * own_high
        hardest = rated[0][4]
        lines = sum(kernel.lines for kernel in kernels)
        return Shares(low, likely, high, self.kinds.kind_of(hardest).title, self.kinds.way(hardest, target_id).way, lines)

    def _untold(self, units: float, target_id: str) -> Shares:
        """So many kernels of which nothing is told."""
        way = self.kinds.way_of_others(target_id)
        return Shares(units * way.low, units * way.likely, units * way.high)
