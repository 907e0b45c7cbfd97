"""What a repository is for: whether it trains models, and whether it is deployed from here."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.assess.fit import trains
from analyzer.discover.kinds import is_test_path
from analyzer.link.program import Program
from analyzer.model.workload import Workload
from analyzer.workload.reader import uses_models


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a repository is for, as far as it changes what a move takes."""

    uses_models: bool
    """It imports a framework for models or arrays on accelerators: there is something to move."""
    trains: bool
    is_deployed: bool
    """It holds deployment files."""
    torch_files: int = 0
    """Files besides tests that import PyTorch: other frameworks count as its own where they are about as common."""


def purpose_of(program: Program, workload: Workload) -> Purpose:
    """Read the purpose off imports, the workload and kinds of file."""
    return Purpose(uses_models(program), trains(workload), holds_deployment(program), len(files_that_import(program, "torch")))


def files_that_import(program: Program, package: str) -> set[str]:
    """The files besides tests that import a package."""
    return {
        edge.source for edge in program.imports if edge.target == package and not edge.is_internal and not is_test_path(edge.source)
    }


def holds_deployment(program: Program) -> bool:
    """Whether there is anything to deploy: a container file, infrastructure code, or a file that names an image."""
    return any(
        facts.kind in ("container", "terraform") or any(entry.kind == "image" for entry in facts.entries)
        for facts in program.files.values()
    )
