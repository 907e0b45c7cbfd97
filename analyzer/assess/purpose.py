"""What a repository is for: whether it trains models, and whether it is deployed from here."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.discover.kinds import is_test_path
from analyzer.knowledge.vocabulary import load_vocabulary
from analyzer.link.program import Program
from analyzer.model.facts import External, Local, Member

TRAINING_NAMES = ("torch.optim.", "transformers.Trainer", "transformers.Seq2SeqTrainer", "pytorch_lightning.Trainer",
                  "lightning.Trainer", "lightning.pytorch.Trainer", "optax.", "tensorflow.GradientTape", "trl.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a repository is for, as far as it changes what a move takes."""

    uses_models: bool
    """It imports a framework for models or arrays on accelerators: there is something to move."""
    trains: bool
    is_deployed: bool
    """It holds deployment files."""


def purpose_of(program: Program) -> Purpose:
    """Read the purpose off imports, calls and kinds of file."""
    return Purpose(uses_models(program), trains_models(program), holds_deployment(program))


def uses_models(program: Program) -> bool:
    """Whether any file imports a framework for models."""
    frameworks = load_vocabulary().model_frameworks
    return any(edge.target in frameworks for edge in program.imports if not edge.is_internal)


def trains_models(program: Program) -> bool:
    """Whether code outside tests makes an optimiser or trainer, or calls `backward()`."""
    for path, facts in program.files.items():
        if facts.python is None or is_test_path(path):
            continue
        for use in facts.python.uses:
            if use.kind != "call":
                continue
            if isinstance(use.target, External) and use.target.name.startswith(TRAINING_NAMES):
                return True
            if isinstance(use.target, Local | Member) and use.target.attributes[-1:] == ("backward",):
                return True
    return False


def holds_deployment(program: Program) -> bool:
    """Whether there is anything to deploy: a container file, infrastructure code, or a file that names an image."""
    return any(
        facts.kind in ("container", "terraform") or any(entry.kind == "image" for entry in facts.entries)
        for facts in program.files.values()
    )
