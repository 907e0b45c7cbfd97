"""The folder that dresses a page: what it gives, and what is refused with file, key and reason."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyzer.cli.group import group
from analyzer.knowledge.page_template import contrast, read_page_template
from analyzer.model.errors import UserInputError
from analyzer.model.page_template import PLAIN_PAGE

DRESS = Path(__file__).parents[2] / "fixtures" / "page_template"


def test_everything_is_read() -> None:
    template = read_page_template(DRESS)
    assert (template.client, template.left_out) == ("Example Imaging Ltd", ("kernels", "glossary"))
    assert len(template.summary) == 2 and "\n" not in template.summary[0]
    assert template.logo.startswith("data:image/svg+xml;base64,")
    assert template.style.startswith(":root{--accent:#7a2e5d}@media screen and") and template.style.endswith(
        "h1{letter-spacing:0}\n"
    )


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "template.toml").write_text("")
    assert read_page_template(tmp_path) == PLAIN_PAGE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("titel = 'x'", 'titel: unknown key (did you mean "title"?)'),
        ("title = 1", "title: must be a string"),
        ("title = 'a\\nb'\nclient = \"a\\nb\"", "client: must be one line"),
        ("client = '" + "a" * 201 + "'", "client: must be one line of at most 200"),
        ("summary = '" + "a" * 10_001 + "'", "summary: must have at most 10000"),
        ("colour = 'red'", "colour: is 'red', must be a colour such as #0b5c8a"),
        ("colour = '#ffee00'", "which has a contrast of 1.2 on the page"),
        ("colour_dark = '#202020'", "colour_dark: is #202020"),
        ("leave_out = ['coverage']", "leave_out: 'coverage' cannot be left out"),
        ("leave_out = ['findngs']", 'did you mean "findings"?'),
        ("logo = 'logo.svg'", "logo_text: is missing"),
        ("logo = 'logo.bmp'\nlogo_text = 'x'", "must end with one of .svg"),
        ("logo = '../logo.svg'\nlogo_text = 'x'", "must be the name of a file beside template.toml"),
        ("logo = 'none.png'\nlogo_text = 'x'", "none.png: cannot be read"),
        ("logo = 'large.png'\nlogo_text = 'x'", "is a file of more than 300000 bytes"),
        ("logo = 'text.png'\nlogo_text = 'x'", "text.png: is no picture of the kind that its name says (.png)"),
        ("logo = 'png.JPG'\nlogo_text = 'x'", "png.JPG: is no picture of the kind that its name says (.jpg)"),
        ("logo = 'text.svg'\nlogo_text = 'x'", "text.svg: is no picture"),
        ("logo = 'pipe.png'\nlogo_text = 'x'", "pipe.png: is no file"),
        ("logo_text = 'x'", "logo_text: is of no use without a `logo`"),
        ('style = "a\\u0000.css"', "must be the name of a file beside template.toml"),
        ("style = 'ends.css'", "ends.css: must not hold `<`"),
        ("style = 'asks.css'", "must not ask for anything outside of the page"),
        ("style = 'imports.css'", "must not ask for anything outside of the page"),
        ("style = 'bytes.css'", "is not UTF-8 text (byte 0)"),
    ],
)
def test_what_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    shutil.copy(DRESS / "logo.svg", tmp_path)
    (tmp_path / "large.png").write_bytes(b"x" * 300_001)
    (tmp_path / "png.JPG").write_bytes(b"\x89PNG\r\n\x1a\n")
    for name in ("text.png", "text.svg"):
        (tmp_path / name).write_text("hello")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "ends.css").write_text("</style><script>alert(1)</script>")
    (tmp_path / "asks.css").write_text("body{background:URL( 'https://example.org/x')}")
    (tmp_path / "imports.css").write_text("@IMPORT 'x.css';")
    (tmp_path / "bytes.css").write_bytes(b"\xff")
    (tmp_path / "template.toml").write_text(text)
    with pytest.raises(UserInputError) as error:
        read_page_template(tmp_path)
    assert reason in str(error.value) and str(tmp_path) in str(error.value)


def test_a_folder_without_a_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="cannot be read"):
        read_page_template(tmp_path / "nowhere")


def test_pictures_in_the_page_and_own_marks_are_no_requests(tmp_path: Path) -> None:
    (tmp_path / "template.toml").write_text("style = 'a.css'")
    (tmp_path / "a.css").write_text("h1{background:url(data:image/png;base64,AA);fill:url(#mark)}")
    assert "data:image/png" in read_page_template(tmp_path).style


def test_lines_of_a_style_sheet_end_as_browsers_read_them(tmp_path: Path) -> None:
    (tmp_path / "template.toml").write_text("style = 'a.css'")
    (tmp_path / "a.css").write_bytes(b"\xef\xbb\xbfh1{color:#123456}\r\nh2{color:#123456}\r")
    assert read_page_template(tmp_path).style == "h1{color:#123456}\nh2{color:#123456}\n"


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # just too little, as is well known
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("command", ["scan", "report"])
def test_a_template_without_a_page_is_refused_before_any_work(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(group, [command, str(tmp_path / "none"), "--template", str(DRESS), "-o", str(tmp_path / "r.md")])
    assert "dresses the HTML page, and none is written" in str(result.exception)
