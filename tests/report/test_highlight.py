"""Source in colours: runs that cover what they should, of any text, in bounded time; and rewrites as lines."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from analyzer.report.highlight import LEXERS, LONGEST_COLOURED, runs_of
from analyzer.report.rewrite_lines import rewrite_lines
from analyzer.report.runs import marked, runs_text, shown_length

PATH_OF = {
    "python": "a.py", "notebook": "a.ipynb", "cython": "a.pyx", "cuda": "a.cu", "cpp": "a.h", "shell": "a.sh", "yaml": "a.yml",
    "conda": "environment.yml", "json": "a.json", "toml": "a.toml", "ini": "a.cfg", "cmake": "CMakeLists.txt", "terraform": "a.tf",
    "container": "Dockerfile",
}  # fmt: skip


def parts(text: str, path: str) -> list[tuple[str, str]]:
    return re.findall(r'<span class="h(\w)">(.*?)</span>', marked(text, runs_of(text, path)), re.DOTALL)


def test_there_is_a_path_for_each_lexer() -> None:
    assert set(PATH_OF) == set(LEXERS)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", "def f(x):  # why\n    return 'a', 12, len(x)", [("K", "def"), ("F", "f"), ("C", "# why"), ("K", "return"),
                                                                  ("S", "&#39;a&#39;"), ("N", "12"), ("F", "len")]),
        ("a.cu", "// a and b", [("C", "// a and b")]),
        ("a.cu", "#include <cuda.h>", [("K", "#include"), ("S", "&lt;cuda.h&gt;")]),
        ("a.yml", "image: cuda", [("F", "image")]),
        ("Dockerfile", "FROM nvidia/cuda:12", [("K", "FROM")]),
        ("notes.rst", "def f(x): 12", []),
        ("requirements.txt", "torch==2", []),
    ],
)  # fmt: skip
def test_kinds_of_words(path: str, text: str, expected: list[tuple[str, str]]) -> None:
    found = parts(text, path)
    assert [each for each in expected if each not in found] == []
    assert bool(found) == bool(expected)


@given(st.text(max_size=200), st.sampled_from(sorted(PATH_OF.values())))
def test_no_character_is_lost_and_none_becomes_markup(text: str, path: str) -> None:
    shown = str(marked(text, runs_of(text, path)))
    assert re.sub(r"</?span[^>]*>", "", shown) == escape(text)
    assert set(re.findall(r"<[^>]*>", shown)) <= {"</span>", *(f'<span class="h{letter}">' for letter in "KSCNF")}


def test_lengths_are_those_of_a_browser() -> None:
    text = "'\U0001f600' # \U0001f600"
    assert runs_of(text, "a.py") == "4S1-4C"
    assert parts(text, "a.py") == [("S", "&#39;\U0001f600&#39;"), ("C", "# \U0001f600")]
    assert shown_length("\U0001f600") == 2 and runs_text([("-", 40), ("K", 36), ("-", 3)]) == "14-10K"


@pytest.mark.parametrize("kind", sorted(PATH_OF))
@pytest.mark.parametrize(
    "piece", ["a", "'", '"', "\\", 'f"{', "(", "@", "a.", "/*", "int ", "<a ", "a: ", "$(", "`", "\n", " \\\n", "#if ", "R\"(", "{{"]
)  # fmt: skip
def test_hostile_text_takes_no_time(kind: str, piece: str) -> None:
    text = (piece * LONGEST_COLOURED)[:LONGEST_COLOURED]
    start = time.process_time()
    runs_of(text, PATH_OF[kind])
    assert time.process_time() - start < 2
    assert runs_of(text + "a", PATH_OF[kind]) == ""  # longer ones stay plain


def test_only_lines_that_change_and_a_little_around_them() -> None:
    before = "\n".join(["f(", *(f"    a{n}={n}," for n in range(9)), '    device="cuda",', ")"])
    assert rewrite_lines(before, before.replace('"cuda"', "device")) == [
        ("@", "…", ""), (" ", "    a7=7,", ""), (" ", "    a8=8,", ""), ("-", '    device="cuda",', "b-6M"), ("+", "    device=device,", "b-6M"),
        (" ", ")", ""),
    ]  # fmt: skip
    assert rewrite_lines("a", "a") == []
    assert rewrite_lines("a\nb", "c") == [("-", "a", ""), ("-", "b", ""), ("+", "c", "")]


@given(
    st.lists(st.sampled_from(["a", "b b", "c.c", ""]), max_size=12), st.lists(st.sampled_from(["a", "b b", "d", ""]), max_size=12)
)
def test_a_rewrite_can_be_read_back(before: list[str], after: list[str]) -> None:
    lines = rewrite_lines("\n".join(before), "\n".join(after))
    gone, come = ([text for sign, text, _ in lines if sign in signs] for signs in (" -", " +"))
    joined = "\n".join
    assert "\n" not in "".join(text for _, text, _ in lines)
    assert joined(gone) in joined(before) or any(sign == "@" for sign, _, _ in lines)
    assert joined(come) in joined(after) or any(sign == "@" for sign, _, _ in lines)
    assert bool(lines) == (joined(before) != joined(after))
