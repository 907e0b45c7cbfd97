"""Puts the whole typed graph together: from a Python call site to the CUDA library under a kernel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer.graph.code_part import CodePart
from analyzer.graph.deployment_part import DeploymentPart
from analyzer.graph.draft import Draft
from analyzer.graph.native_part import NativePart
from analyzer.knowledge.rule_files import load_capabilities
from analyzer.link.kernels import KernelReader
from analyzer.link.program import Program
from analyzer.link.readers import Readers
from analyzer.model.finding import Finding
from analyzer.model.graph import DependencyGraph
from analyzer.model.kernels import KernelInventory


def build_graph(
    program: Program, findings: Iterable[Finding], inventory: KernelInventory, with_calls: bool, readers: Readers
) -> DependencyGraph:
    """The graph of a linked program; cost is linear in its facts. The same program gives the same graph.

    `with_calls` adds classes and functions with what they call. Without them modules stand for what is in them, which is a
    tenth of the work: who calls a kernel is known from the inventory, by module.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.suppressed is None or finding.suppressed.kind == "todo":
            by_path.setdefault(finding.path, []).append(finding)
    readers.forget_answers()
    draft = Draft()
    code = CodePart(program, draft, kernels_by_scope(program, readers.kernels), with_calls)
    code.add_nodes(by_path)
    native = NativePart(program, draft, inventory, readers.extensions, code)
    native.add(by_path)
    if with_calls:
        native.add_calls()
    else:
        native.add_call_sites()
    native.add_named()
    code.add_edges(library_findings(by_path))
    DeploymentPart(program, draft, code).add(by_path)
    return draft.finished()


def library_findings(findings: Mapping[str, list[Finding]]) -> dict[str, list[Finding]]:
    """What was found about third-party libraries, by the name that is imported."""
    about_libraries = {capability.id for capability in load_capabilities() if capability.kind == "library"}
    found: dict[str, list[Finding]] = {}
    for path in sorted(findings):
        for finding in findings[path]:
            if finding.capability in about_libraries:
                found.setdefault(finding.symbol.partition(".")[0], []).append(finding)
    return found


def kernels_by_scope(program: Program, reader: KernelReader) -> dict[tuple[str, int], str]:
    """The node ids of functions that are GPU kernels, without the helpers that belong to them."""
    return {
        (path, scope): f"kernel:{path}:{program.python(path).scopes[scope].qualified_name}"
        for path, scope in sorted(reader.decorated)
        if (path, scope) not in reader.helpers
    }
