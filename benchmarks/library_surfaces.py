"""Writes the surfaces of libraries that come with the program, from pinned public packages.

    python benchmarks/library_surfaces.py --as-of 2026-11-25 [NAME ...]

The pins are in library_surfaces.toml; an archive is fetched once, checked against its hash and unpacked, and none of its code
runs. Each file under rules/surfaces says which version was scanned, on which day, with which rules.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import tomli
from click.testing import CliRunner
from corpora import CorpusError, Package, cache_folder, unpacked
from tables import note

from analyzer.cli.export_surface import command

PINS = Path(__file__).with_suffix(".toml")
SURFACES = Path(__file__).parents[1] / "rules" / "surfaces"


def write(package: Package, imports: list[str], root: Path, day: str) -> str:
    """Write the surface of one package, and say how much of it is tied."""
    arguments = [
        str(root), "--library", package.name, "--as-of", day, "-o", str(SURFACES / f"{package.name}.toml"),
        "--source", f"https://pypi.org/project/{package.name}/ ({package.file})",
        *(word for name in imports for word in ("--package", name)),
    ]  # fmt: skip
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    return result.output.strip()


def main() -> int:
    """All packages, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--as-of", required=True, metavar="DATE")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    failed = False
    for row in tomli.loads(PINS.read_text("utf-8"))["package"]:
        imports = row.pop("imports")
        package = Package(**row)
        if not options.names or package.name in options.names:
            try:
                note(write(package, imports, unpacked(package, cache_folder()), options.as_of))
            except (CorpusError, OSError) as error:
                note(f"{package.name}: left as it was: {error}")
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
