"""Frozen values that pass between the stages; no behaviour beyond derived properties."""
