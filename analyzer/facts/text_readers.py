"""Which reader each kind of text file has, Python and notebooks aside."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.facts.build_files import read_bazel, read_cmake, read_cython, read_ini, read_make
from analyzer.facts.container import read_container, read_singularity
from analyzer.facts.infrastructure import read_jenkinsfile, read_protobuf_text, read_terraform
from analyzer.facts.locks import read_lock
from analyzer.facts.requirements import read_requirements
from analyzer.facts.shell import read_batch, read_powershell, read_shell
from analyzer.facts.structured import read_json, read_toml_file, read_yaml
from analyzer.model.facts import Entry

READERS: dict[str, Callable[[str], tuple[Entry, ...]]] = {
    "requirements": read_requirements,
    "container": read_container,
    "shell": read_shell,
    "batch": read_batch,
    "powershell": read_powershell,
    "lock": read_lock,
    "singularity": read_singularity,
    "bazel": read_bazel,
    "cython": read_cython,
    "jenkins": read_jenkinsfile,
    "protobuf": read_protobuf_text,
    "yaml": read_yaml,
    "conda": lambda text: read_yaml(text, is_conda=True),
    "toml": read_toml_file,
    "ini": read_ini,
    "cmake": read_cmake,
    "json": read_json,
    "make": read_make,
    "terraform": read_terraform,
}
