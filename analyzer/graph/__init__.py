"""The dependency graph of a program: who hangs on what, and in which order to move. The only door to networkx."""
