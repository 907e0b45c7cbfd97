"""Source code in colours: which stretches of it are a keyword, a string, a comment. The only place that imports Pygments."""

from __future__ import annotations

from functools import lru_cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from analyzer.discover.kinds import kind_of
from analyzer.report.runs import PLAIN, runs_text, shown_length

LONGEST_COLOURED = 2_200
"""Characters of one quote: a lexer is a row of regular expressions, and some of them take much longer on long hostile text."""
LEXERS = {
    "python": "python", "notebook": "python", "cython": "cython", "cuda": "cuda", "cpp": "cpp", "shell": "bash", "yaml": "yaml",
    "conda": "yaml", "json": "json", "toml": "toml", "ini": "ini", "cmake": "cmake", "terraform": "terraform",
    "container": "docker",
}  # fmt: skip
"""The lexer for each kind of file; all others stay plain."""
_LETTERS = (
    (Comment.PreprocFile, "S"), (Comment.Preproc, "K"), (Comment, "C"), (Keyword, "K"), (Operator.Word, "K"), (String, "S"),
    (Number, "N"), (Name.Function, "F"), (Name.Class, "F"), (Name.Decorator, "F"), (Name.Tag, "F"), (Name.Builtin.Pseudo, PLAIN),
    (Name.Builtin, "F"),
)  # fmt: skip


def runs_of(text: str, path: str) -> str:
    """The runs of a quote from a file; nothing where its kind has no colours."""
    name = LEXERS.get(kind_of(path) or "")
    if name is None or len(text) > LONGEST_COLOURED:
        return ""
    runs: list[tuple[str, int]] = []
    for start, kind, value in _lexer(name).get_tokens_unprocessed(f"{text}\n"):  # some lexers end a comment by a line break only
        letter, length = PLAIN if value.isspace() else _letter(kind), shown_length(value[: len(text) - start])
        if runs and runs[-1][0] == letter:
            runs[-1] = (letter, runs[-1][1] + length)
        else:
            runs.append((letter, length))
    return runs_text(runs)


@lru_cache(maxsize=len(LEXERS))
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name)


@lru_cache(maxsize=512)
def _letter(kind: object) -> str:
    return next((letter for family, letter in _LETTERS if kind in family), PLAIN)
