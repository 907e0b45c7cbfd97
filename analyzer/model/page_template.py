"""How the HTML report is dressed for a client: words, a logo, a colour, and which sections are on the page."""

from __future__ import annotations

from dataclasses import dataclass

SECTIONS = ("workload", "opinions", "ties", "work", "cost", "graph", "kernels", "order", "operators", "findings", "glossary")
"""Sections that can be left out. Verdicts, coverage and assumptions cannot: without them a figure could not be judged."""


@dataclass(frozen=True, slots=True)
class PageTemplate:
    """Changes nothing but how the page looks and what it says besides the report."""

    title: str = ""
    """In place of "Leaving CUDA"."""
    client: str = ""
    author: str = ""
    confidentiality: str = ""
    """A line at the top and the end of the page."""
    summary: tuple[str, ...] = ()
    """Paragraphs of the author's own summary, shown as theirs."""
    logo: str = ""
    """The picture as a `data:` address."""
    logo_text: str = ""
    """What the picture shows, for those who do not see it."""
    left_out: tuple[str, ...] = ()
    style: str = ""
    """CSS that is put behind our own."""


PLAIN_PAGE = PageTemplate()
