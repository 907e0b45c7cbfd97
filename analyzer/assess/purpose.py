"""What a repository is for: whether it trains models, and whether it is deployed from here."""

from __future__ import annotations

from analyzer.discover.kinds import is_test_path
from analyzer.link.program import Program
from analyzer.model.facts import External, Local, Member

TRAINING_NAMES = ("torch.optim.", "transformers.Trainer", "transformers.Seq2SeqTrainer", "pytorch_lightning.Trainer",
                  "lightning.Trainer", "lightning.pytorch.Trainer", "optax.", "tensorflow.GradientTape", "trl.")  # fmt: skip


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
