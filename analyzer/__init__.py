"""Offramp: what ties a Python repository to CUDA, what leaving takes, and whether it pays."""

__version__ = "0.1.0"
