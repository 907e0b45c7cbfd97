"""Public packages to measure on: fetched from the index that pip uses, checked against a hash, unpacked, never run.

An archive is only unpacked, so no build of a package runs, as it would if pip downloaded its sources. The pins are in
packages.toml. What was fetched is kept in a folder outside the project.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urljoin

import tomli
from tables import note

from analyzer.discover.files import discover

PINS = Path(__file__).with_name("packages.toml")
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
TIMEOUT_SECONDS = 120
LARGEST_MEMBER_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Package:
    """An archive of the index, and the folder in it that holds the files."""

    name: str
    file: str
    sha256: str
    folder: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """A name and a folder with nothing but the files that Offramp looks at, so that everybody gets the same."""

    name: str
    root: Path


class CorpusError(Exception):
    """A corpus that cannot be had, with the reason."""


def packages() -> list[Package]:
    """The pins."""
    return [Package(**row) for row in tomli.loads(PINS.read_text("utf-8"))["package"]]


def cache_folder() -> Path:
    """Where archives are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "offramp-benchmarks"


def gather(names: list[str] | None, checkouts: Mapping[str, Path], cache: Path, work: Path) -> list[Corpus]:
    """Lay out the packages that are named, all where none is, and the checkouts; what cannot be had is said and left out."""
    corpora = []
    sources: dict[str, Package | Path] = {package.name: package for package in packages()}
    sources.update(checkouts)
    for name, source in sources.items():
        if names is not None and name not in names:
            continue
        try:
            root = source if isinstance(source, Path) else unpacked(source, cache)
            corpora.append(laid_out(name, root, work))
        except (CorpusError, OSError) as error:
            note(f"{name}: left out: {error}")
    return corpora


def laid_out(name: str, root: Path, work: Path) -> Corpus:
    """Copy the files that a scan would look at, and no ignore file or settings of anybody."""
    if not root.is_dir():
        raise CorpusError(f"{root} is no folder")
    target = work / name
    for file in discover(root).files:
        copy = target / file.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / file.path, copy)
    return Corpus(name, target)


# ---- fetching --------------------------------------------------------------------------------------------------------


def unpacked(package: Package, cache: Path) -> Path:
    """The files of a package, from the cache or the index."""
    target = cache / package.sha256[:16]
    if not target.is_dir():
        archive = fetched(package, cache)
        part = cache / f"{package.sha256[:16]}.part"
        shutil.rmtree(part, ignore_errors=True)
        unpack(archive, part)
        part.replace(target)
    return target / package.folder


def fetched(package: Package, cache: Path) -> Path:
    """The archive of a package, whose hash is the pinned one."""
    path = cache / package.file
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        note(f"{package.name}: fetching {package.file}")
        part = path.with_name(f"{path.name}.part")
        with opened(address_of(package)) as source, part.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        part.replace(path)
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    if digest != package.sha256:
        raise CorpusError(f"{path} is not the pinned file: its SHA-256 is {digest}")
    return path


def address_of(package: Package) -> str:
    """Where the index has the archive."""
    page = f"{index_address().rstrip('/')}/{package.name}/"
    with opened(page) as answer:
        files = json.load(answer)["files"]
    found = next((file["url"] for file in files if file["filename"] == package.file), None)
    if found is None:
        raise CorpusError(f"the index has no {package.file}")
    return urljoin(page, str(found))


def index_address() -> str:
    """The package index that pip is set up to use."""
    pip = [sys.executable, "-m", "pip"]
    named = os.environ.get("PIP_INDEX_URL") or _output([*pip, "config", "get", "global.index-url"])
    if named:
        return named
    text = " ".join(_output([*pip, "download", "--help"]).split())
    default = re.search(r"--index-url <url>.*?\(default (\S+?)\)", text)
    if default is None:
        raise CorpusError("pip names no package index")
    return str(default[1])


def opened(address: str) -> IO[bytes]:
    """An answer of the index."""
    request = urllib.request.Request(address, headers={"Accept": f"{SIMPLE_JSON}, */*;q=0.1", "User-Agent": "offramp-benchmarks"})
    answer: IO[bytes] = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
    return answer


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


# ---- unpacking -------------------------------------------------------------------------------------------------------


def unpack(archive: Path, target: Path) -> None:
    """Write the regular files of a wheel or sdist, and nothing outside the target."""
    target.mkdir(parents=True)
    for name, content in _members(archive):
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or "\\" in name or not parts:
            raise CorpusError(f"{archive.name} has a file at {name!r}")
        path = target.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents; huge members, which nobody reads, are left out."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for entry in wheel.infolist():
                if not entry.is_dir() and entry.file_size <= LARGEST_MEMBER_BYTES:
                    yield entry.filename, wheel.read(entry)
        return
    with tarfile.open(archive) as sdist:
        for member in sdist:
            file = sdist.extractfile(member) if member.isfile() and member.size <= LARGEST_MEMBER_BYTES else None
            if file is not None:
                yield member.name, file.read()
