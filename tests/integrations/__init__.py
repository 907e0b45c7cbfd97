"""Tests that run other programs, and the project as they see it."""
