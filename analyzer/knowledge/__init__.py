"""Reads and validates the TOML under `rules/`; the only place that imports tomli."""
