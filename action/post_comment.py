"""Writes the comment of the GitHub Action under its pull request, or renews the one that is there.

A pull request from a fork has a token that may not write: that is a warning, never a failed job.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MARKER = "<!-- offramp -->"


def main() -> None:
    """Find the comment by its marker and author; renew it, or write a new one where there is something to say."""
    repository = os.environ["GITHUB_REPOSITORY"]
    comments = f"repos/{repository}/issues/{int(os.environ['PULL_REQUEST'])}/comments"
    body = Path(os.environ["COMMENT_FILE"]).read_text("utf-8")
    author = os.environ.get("COMMENT_AUTHOR", "github-actions[bot]")
    try:
        own = [comment for comment in documents(gh(f"{comments}?per_page=100", "--paginate")) if is_own(comment, author)]
        if own:
            gh(f"repos/{repository}/issues/comments/{int(own[0]['id'])}", "--method", "PATCH", body=body)
        elif os.environ.get("FINDINGS") != "0" or os.environ.get("EXIT_CODE") != "0":
            gh(comments, "--method", "POST", body=body)
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        print(f"::warning title=Offramp::The comment could not be written: {' '.join(reason.split())}".replace("%", "%25"))


def is_own(comment: dict[str, Any], author: str) -> bool:
    """Whether an earlier run wrote a comment: anybody can write the marker, so its author counts too."""
    return str(comment.get("body", "")).startswith(MARKER) and (comment.get("user") or {}).get("login") == author


def gh(path: str, *options: str, body: str | None = None) -> str:
    """Call GitHub's API by its command line; the text goes through standard input, never through an argument."""
    command = ["gh", "api", path, *options]
    if body is not None:
        command += ["--input", "-"]
    server = urlsplit(os.environ.get("GITHUB_SERVER_URL", "https://github.com")).netloc
    environment = {**os.environ, "GH_HOST": server, "GH_ENTERPRISE_TOKEN": os.environ.get("GH_TOKEN", "")}
    given = None if body is None else json.dumps({"body": body})
    return subprocess.run(command, env=environment, input=given, check=True, capture_output=True, text=True).stdout


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The objects of one or several JSON arrays: some versions of gh print one for each page."""
    decoder = json.JSONDecoder()
    position = 0
    while text[position:].strip():
        position += len(text[position:]) - len(text[position:].lstrip())
        page, position = decoder.raw_decode(text, position)
        yield from page


if __name__ == "__main__":
    main()
