"""The exit codes of every command."""

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
"""Findings at or above the threshold; new ones only where the gate knows what is old."""
EXIT_ERROR = 2
"""Wrong usage, wrong input, or, where that is asked for, a file that could not be analysed."""
EXIT_INTERRUPTED = 130
