"""What all tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzer.discover.files import discover
from analyzer.facts.read_file import read_file
from analyzer.link.program import Program, link

LinkSources = Callable[[dict[str, str]], Program]


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is remembered from, or for, the user's own runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OFFRAMP_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("OFFRAMP_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def link_sources(tmp_path: Path) -> LinkSources:
    """Writes files, given as path -> text, and links them."""

    def write_and_link(sources: dict[str, str]) -> Program:
        for name, source in sources.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        return link(read_file(tmp_path, file) for file in discover(tmp_path).files)

    return write_and_link
