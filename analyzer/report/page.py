"""Pages of HTML: one file each, every value escaped, under a policy that lets in only the style and script that are in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import jinja2
from markupsafe import Markup, escape

from analyzer.knowledge.data_files import data_folder
from analyzer.model.counted import counted
from analyzer.report.printable import printable
from analyzer.report.runs import marked

STYLES = ("report.css", "sections.css", "rows.css")


def render_page(name: str, own_style: str = "", scripts: Sequence[str] = (), **values: Any) -> str:
    """The page of a template of ours, as text; `own_style` is CSS put behind our own."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip
    environment.filters["code"] = _with_code
    environment.filters["marked"] = marked
    environment.globals["counted"] = counted
    style = "".join(_source(sheet) for sheet in STYLES) + own_style
    script = "".join(_source(each) for each in scripts)
    page: str = environment.get_template(name).render(
        style=style, script=script, style_hash=_hash(style), script_hash=_hash(script), **values
    )
    return page if page.endswith("\n") else page + "\n"


def _source(name: str) -> str:
    return data_folder("report_templates").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _shown(value: Any) -> Any:
    """Text without characters that would turn or hide what stands beside them; what is marked up already is ours."""
    return printable(value, len(value), keep_lines=True) if isinstance(value, str) and not isinstance(value, Markup) else value


def _with_code(text: str) -> Markup:
    """Text in which what stands between backticks is shown as code; everything is escaped."""
    shown = _shown(text)
    parts = [escape(part) for part in shown.split("`")]
    if len(parts) % 2 == 0:
        return escape(shown)
    return Markup("").join(Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts))
