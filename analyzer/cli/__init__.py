"""The command line: parse, call, write, exit. The only door to click."""
