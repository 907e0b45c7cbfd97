"""Where something is reported or rewritten: exact statements, comments in place, edits. The only door to libcst."""
