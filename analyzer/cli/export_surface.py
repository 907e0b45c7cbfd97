"""`offramp export-surface`: which public names of a library need CUDA, and why."""

from __future__ import annotations

import re
from pathlib import Path

import click

from analyzer.cli.dates import day
from analyzer.cli.graph import Asked
from analyzer.cli.output_files import write_whole
from analyzer.model.errors import UserInputError

_FIELD = re.compile(r"^(Name|Version): *(\S+)\s*$", re.MULTILINE)
LARGEST_METADATA_BYTES = 1_000_000


@click.command("export-surface")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.toml", help="The file (default: standard output).")
@click.option("--library", metavar="NAME", help="The name of the library (default: from its metadata).")
@click.option("--release", metavar="VERSION", help="Its version (default: from its metadata).")
@click.option("--package", "packages", multiple=True, metavar="NAME", help="Only names of this import package. Repeatable.")
@click.option("--source", default="", metavar="TEXT", help="Where it comes from, such as the address of its package.")
@click.option("--as-of", metavar="DATE", help="The day that stands in the file, YYYY-MM-DD (default: today).")
def command(
    path: Path, output: Path | None, library: str | None, release: str | None, packages: tuple[str, ...], source: str,
    as_of: str | None,
) -> None:  # fmt: skip
    """Write which public functions, classes and methods of the library at PATH need CUDA, each with its cause.

    A scan takes such files in with --surface: a call of such a name is then a finding with its true cause. PATH is the folder
    that holds the package, as in an unpacked wheel or source archive. Exit codes: 0 done, 2 usage or input error.
    """
    from analyzer.graph.surface import tied_names
    from analyzer.knowledge.surfaces import surface_text
    from analyzer.model.finding import Finding
    from analyzer.model.surface import Surface

    if output is not None and output.suffix != ".toml":
        raise UserInputError("--output", str(output), "must end in .toml")
    asked = Asked(path)
    findings: dict[str, list[Finding]] = {}
    for finding in asked.scan.detection.findings:
        findings.setdefault(finding.path, []).append(finding)
    names, public = tied_names(asked.scan.program, asked.reader, findings, packages)
    known = metadata_of(path)
    found = library or known.get("Name")
    if not found:
        raise UserInputError("--library", "", f"is needed: {path} has no metadata that names it")
    surface = Surface(found, release or known.get("Version", ""), day(as_of), asked.scan.book.version, public, names, source)
    if output is None:
        click.echo(surface_text(surface), nl=False)
    else:
        write_whole(output, surface_text(surface))
    click.echo(f"{len(names)} of {public} public names of {found} need CUDA.", err=True)


def metadata_of(path: Path) -> dict[str, str]:
    """Name and version, from `PKG-INFO` or the `METADATA` of a wheel, where one is there."""
    from analyzer.discover.raw_files import read_regular

    for file in (path / "PKG-INFO", *sorted(path.glob("*.dist-info/METADATA"))):
        try:
            text = read_regular(file, LARGEST_METADATA_BYTES).decode("utf-8", "replace")
        except OSError:
            continue
        return dict(reversed(_FIELD.findall(text)))
    return {}
