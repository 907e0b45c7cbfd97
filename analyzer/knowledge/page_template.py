"""Reads a folder that dresses the HTML report: `template.toml`, and beside it a logo and a style sheet."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from analyzer.knowledge.toml_reader import Table, nearest, read_toml_path
from analyzer.model.errors import UserInputError
from analyzer.model.page_template import SECTIONS, PageTemplate

TEMPLATE_NAME = "template.toml"
LARGEST_LOGO_BYTES = 300_000
LARGEST_STYLE_BYTES = 100_000
LONGEST_LINE = 200
LONGEST_SUMMARY = 10_000
LEAST_CONTRAST = 4.5
"""Of a colour against the page, for text of normal size: WCAG 2.2, success criterion 1.4.3."""
_PAPER = {"colour": "#fbfaf8", "colour_dark": "#14171a"}
"""The page that each colour stands on, as in report.css."""
_MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
_BEGINS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}
"""The first bytes of a picture; a browser would show a broken one where they are others."""
_ELSEWHERE = re.compile(r"@import|url\(\s*[\"']?(?!data:|#)", re.IGNORECASE)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def read_page_template(folder: Path) -> PageTemplate:
    """Read and check a folder. Raises `UserInputError` naming file, key and reason."""
    document = read_toml_path(folder / TEMPLATE_NAME)
    logo, logo_text = document.text("logo", ""), _line(document, "logo_text")
    if logo and not logo_text:
        raise document.fail("logo_text", "is missing: say what the logo shows, for those who do not see it")
    if logo_text and not logo:
        raise document.fail("logo_text", "is of no use without a `logo`")
    style = "".join(
        f"{selector}{{--accent:{colour}}}{end}"
        for key, selector, end in (
            ("colour", ":root", ""),
            ("colour_dark", "@media screen and (prefers-color-scheme:dark){:root", "}"),
        )
        if (colour := _colour(document, key))
    )
    style_name = document.text("style", "")
    template = PageTemplate(
        title=_line(document, "title"),
        client=_line(document, "client"),
        author=_line(document, "author"),
        confidentiality=_line(document, "confidentiality"),
        summary=_paragraphs(document, "summary"),
        logo=_logo(document, folder, logo) if logo else "",
        logo_text=logo_text,
        left_out=_left_out(document),
        style=style + (_style(document, folder, style_name) if style_name else ""),
    )
    document.finish()
    return template


def _line(document: Table, key: str) -> str:
    text = document.text(key, "")
    if len(text) > LONGEST_LINE or "\n" in text:
        raise document.fail(key, f"must be one line of at most {LONGEST_LINE} characters")
    return text.strip()


def _paragraphs(document: Table, key: str) -> tuple[str, ...]:
    """Paragraphs stand apart by empty lines."""
    text = document.text(key, "")
    if len(text) > LONGEST_SUMMARY:
        raise document.fail(key, f"must have at most {LONGEST_SUMMARY} characters")
    return tuple(" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip())


def _left_out(document: Table) -> tuple[str, ...]:
    names = document.texts("leave_out", [])
    for name in names:
        if name not in SECTIONS:
            raise document.fail("leave_out", f"{name!r} cannot be left out; {', '.join(SECTIONS)} can{nearest(name, SECTIONS)}")
    return tuple(name for name in SECTIONS if name in names)


def _colour(document: Table, key: str) -> str:
    """A colour that links and marks can have and still be read."""
    colour = document.text(key, "")
    if not colour:
        return ""
    if not _COLOUR.fullmatch(colour):
        raise document.fail(key, f"is {colour!r}, must be a colour such as #0b5c8a")
    found = contrast(colour, _PAPER[key])
    if found < LEAST_CONTRAST:
        raise document.fail(
            key, f"is {colour}, which has a contrast of {found:.1f} on the page; text in it needs at least {LEAST_CONTRAST}"
        )
    return colour.lower()


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, 1 to 21, as WCAG 2.2 defines it from their relative luminance."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _beside(document: Table, key: str, folder: Path, name: str, most_bytes: int) -> bytes:
    """A file of the folder itself."""
    if Path(name).name != name or "\0" in name:
        raise document.fail(key, f"is {name!r}, must be the name of a file beside {TEMPLATE_NAME}")
    try:
        if not (folder / name).is_file() and (folder / name).exists():
            raise UserInputError(str(folder / name), "", "is no file")
        with (folder / name).open("rb") as stream:
            content = stream.read(most_bytes + 1)
    except OSError as error:
        raise UserInputError(str(folder / name), "", f"cannot be read: {error.strerror or error}") from None
    if len(content) > most_bytes:
        raise document.fail(key, f"is a file of more than {most_bytes} bytes; it becomes part of the page")
    return content


def _logo(document: Table, folder: Path, name: str) -> str:
    """As a `data:` address. A picture in it runs nothing: browsers show it as they show any `img`."""
    media_type = _MEDIA_TYPES.get(Path(name).suffix.lower())
    if media_type is None:
        raise document.fail("logo", f"is {name!r}, must end with one of {', '.join(_MEDIA_TYPES)}")
    content = _beside(document, "logo", folder, name, LARGEST_LOGO_BYTES)
    is_picture = b"<svg" in content if media_type == "image/svg+xml" else content.startswith(_BEGINS[media_type])
    if not is_picture:
        raise UserInputError(str(folder / name), "", f"is no picture of the kind that its name says ({Path(name).suffix.lower()})")
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def _style(document: Table, folder: Path, name: str) -> str:
    """CSS that cannot end its own element, nor ask for anything: what this overlooks, the page's policy refuses.

    Lines end as browsers read them, since the policy names the style by its digest.
    """
    content = _beside(document, "style", folder, name, LARGEST_STYLE_BYTES)
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise UserInputError(str(folder / name), "", f"is not UTF-8 text (byte {error.start})") from None
    if "<" in text or "\0" in text:
        raise UserInputError(str(folder / name), "", "must not hold `<`, which has no meaning in CSS")
    if _ELSEWHERE.search(text):
        raise UserInputError(str(folder / name), "", "must not ask for anything outside of the page (`@import`, `url(...)`)")
    return text
