"""Models of ours that use a library the way its users do."""

from __future__ import annotations

import importlib
from typing import Any

import torch


class Rates(torch.nn.Module):
    """The right-hand side of a differential equation."""

    def __init__(self) -> None:
        super().__init__()
        self.net = torch.nn.Linear(3, 3)

    def forward(self, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Rates of change at a time."""
        return torch.tanh(self.net(y))


class NeuralOde(torch.nn.Module):
    """A differential equation solved from 0 to 1."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.rates, self.method = Rates(), method

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        """The state at the end."""
        from torchdiffeq import odeint

        return odeint(self.rates, y, torch.linspace(0.0, 1.0, 3), method=self.method)[-1]


def deepctr(name: str) -> torch.nn.Module:
    """A model of deepctr_torch over two sparse and two dense features."""
    inputs = importlib.import_module("deepctr_torch.inputs")
    columns = [inputs.SparseFeat("a", 2, 4), inputs.SparseFeat("b", 2, 4), inputs.DenseFeat("c", 1), inputs.DenseFeat("d", 1)]
    made = getattr(importlib.import_module("deepctr_torch.models"), name)
    if name == "AFM":
        return made(columns, columns[:2])
    model: torch.nn.Module = made(columns, columns)
    return model


def Flow(path: str, **settings: Any) -> torch.nn.Module:  # noqa: N802
    """A normalising flow with one transform over a normal distribution, whose forward is the density."""
    module, _, name = path.partition(":")
    transform = getattr(importlib.import_module(module), name)(**settings)
    distribution = importlib.import_module("nflows.distributions.normal").StandardNormal([4])
    model: torch.nn.Module = importlib.import_module("nflows.flows.base").Flow(transform, distribution)
    return model
