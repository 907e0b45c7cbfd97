"""Custom kernels as work: each file of kernels once, whatever launches them; instantiations and copies cost nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analyzer.detect.hit import KERNEL_LIST
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.model.finding import Finding
from analyzer.model.kernels import KernelInventory

EXTENSION = "extension "


class KernelWork:
    """Tells which kernels a finding is about, and how many units of work they are."""

    def __init__(self, inventory: KernelInventory) -> None:
        self.inventory = inventory
        self.kernels_in = Counter(kernel.path for kernel in inventory.kernels)
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

    def weight(self, group: str, findings: Sequence[Finding], constants: EffortConstants) -> float:
        """Units of work: the first kernel of a file whole, further ones less; calls and imports nothing by themselves."""
        weight = self._units(group, findings, constants)
        return weight * (constants.test_code_weight if all(finding.in_tests for finding in findings) else 1.0)

    def _units(self, group: str, findings: Sequence[Finding], constants: EffortConstants) -> float:
        kernels = self.kernels_in[group]
        if group.startswith(EXTENSION):
            return 0.0 if self.extensions[group.removeprefix(EXTENSION)] else 1.0
        if not kernels:
            sources = [finding for finding in findings if finding.symbol.startswith(KERNEL_LIST)]
            others = {f.symbol for f in findings if f not in sources and not f.rule_id.endswith("-import")}
            kernels = len(others)
            if not kernels:
                return constants.header_kernel_weight if any(f.path in self.host_files for f in sources) else 0.0
        return 1.0 + constants.extra_kernel_weight * (kernels - 1)
