"""Really export models: `torch.onnx.export(..., dynamo=True)`, load in ONNX Runtime, run, compare with eager torch.

usage: measure.py RESULTS.csv --site FOLDER [--site FOLDER ...] [--only WORD] [--workers 2] [--seconds 180]

A site is a folder that `pip install --no-deps --target` filled with the packages of `packages.txt`; torch, onnx, onnxscript and
onnxruntime are those of the interpreter. Nothing here is part of the tool, which never imports torch. Each case runs in a
process of its own with a time limit, and what is done already is left out, so an interrupted run goes on where it stopped.

A row's outcome is `ok`, or `fail` with the stage: `export`, `load` (into ONNX Runtime), `run`, `compare`. Models that already
fail in eager mode, or give something else each time, are no cases and get the outcome `none`; `timeout` is left out when scored.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import inspect
import os
import re
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

COLUMNS = ("library", "model", "module_class", "variant", "source_file", "outcome", "stage", "message", "cause_line", "seconds")


def main() -> int:
    """Parent: import once, then a forked process for each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--site", type=Path, action="append", default=[])
    parser.add_argument("--only", default="")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=180)
    options = parser.parse_args()
    for site in options.site:
        sys.path.insert(0, str(site.resolve()))
    sites = [site.resolve() for site in options.site]
    import logging

    import onnxruntime  # noqa: F401
    import torch
    import torch.onnx._internal.exporter._core

    library = torch.library.Library("torchvision", "DEF")
    try:
        torch.ops.torchvision.nms  # noqa: B018
    except AttributeError:  # a build for CUDA on a machine without: its Python parts work once the names of its operators exist
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from cases import all_cases

    _keep_registry()
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    done = set()
    if options.results.exists():
        with options.results.open(newline="") as file:
            done = {(row["library"], row["model"], row["variant"]) for row in csv.DictReader(file)}
    else:
        options.results.write_text(",".join(COLUMNS) + "\n")
    waiting = [case for case in all_cases() if case[:3] not in done and options.only in f"{case[0]} {case[1]}"]
    waiting.sort(key=lambda case: hashlib.sha256("|".join(case[:3]).encode()).digest())  # a part of them is a fair sample
    print(len(done), "done,", len(waiting), "to do", flush=True)
    running: dict[int, float] = {}
    while waiting or running:
        while waiting and len(running) < options.workers:
            case = waiting.pop(0)
            child = os.fork()
            if child == 0:
                _child(case, options.results, sites, options.seconds)
            running[child] = time.monotonic()
        child, _ = os.waitpid(-1, os.WNOHANG)
        running.pop(child, None)
        for other, start in running.items():
            if time.monotonic() - start > options.seconds + 20:  # a signal does not end what hangs in compiled code
                os.kill(other, signal.SIGKILL)
        time.sleep(0.05)
    return 0


def _keep_registry() -> None:
    """Let all exports share the registry, which takes longer to build than a small export takes."""
    from torch.onnx._internal.exporter import _registration

    registry = _registration.ONNXRegistry.from_torchlib()
    _registration.ONNXRegistry.from_torchlib = classmethod(lambda cls, *_, **__: registry)  # type: ignore[method-assign]


def _child(case: tuple[str, str, str, Any], results: Path, sites: list[Path], seconds: int) -> None:
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    library, model, variant, build = case
    row = dict.fromkeys(COLUMNS, "") | {"library": library, "model": model, "variant": variant, "outcome": "none"}
    started = time.monotonic()

    def too_long(signum: int, frame: Any) -> None:
        row.update(outcome="timeout")
        _write(results, row, started)
        os._exit(0)

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        _measure(row, build, sites)
    except BaseException as error:  # noqa: BLE001  (exporters raise all there is)
        row["stage"] = row["stage"] or "build"
        row["message"] = _message(error)
        row["cause_line"] = _place(error, sites)
    _write(results, row, started)
    os._exit(0)


def _write(results: Path, row: dict[str, str], started: float) -> None:
    row["seconds"] = f"{time.monotonic() - started:.0f}"
    with results.open("a", newline="") as file:
        csv.DictWriter(file, COLUMNS).writerow(row)


def _measure(row: dict[str, str], build: Any, sites: list[Path]) -> None:
    import torch

    torch.manual_seed(0)
    model, arguments, keywords = build()
    model = model.eval().float()
    file = Path(inspect.getfile(type(model))).resolve()
    row["module_class"] = type(model).__name__
    row["source_file"] = next((str(file.relative_to(site)) for site in sites if file.is_relative_to(site)), file.name)
    row["stage"] = "eager"
    with torch.no_grad():
        expected = _tensors(model(*_copy(arguments), **_copy(keywords)))
        again = _tensors(model(*_copy(arguments), **_copy(keywords)))
    if not expected:
        raise ValueError("no tensors among the outputs")
    if _difference(expected, [tensor.numpy() for tensor in again]):
        raise ValueError("differs from one call to the next")
    row.update(outcome="fail", stage="export")
    with torch.no_grad():  # with gradients, attention over a mask made of weights fails that works without
        program = torch.onnx.export(model, _copy(arguments), kwargs=_copy(keywords), dynamo=True, verbose=False)
    row["stage"] = "load"
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.log_severity_level = 4
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    row["stage"] = "run"
    given = _tensors((arguments, keywords))
    feed = {}
    names = [item.name for item in session.get_inputs()]
    exported = [item.name for item in program.model.graph.inputs]
    for name, tensor in zip(exported, given, strict=False):
        if name in names:
            feed[name] = tensor.numpy()
    actual = session.run(None, feed)
    row["stage"] = "compare"
    problem = _difference(expected, list(actual))
    if problem:
        row["message"] = problem
    else:
        row.update(outcome="ok", stage="")


def _copy(value: Any) -> Any:
    import torch
    from torch.utils import _pytree

    return _pytree.tree_map(lambda leaf: leaf.clone() if isinstance(leaf, torch.Tensor) else leaf, value)


def _tensors(value: Any, depth: int = 6) -> list[Any]:
    """All tensors of an output, also those in objects that exporters cannot take apart."""
    import torch

    if isinstance(value, torch.Tensor):
        plain = value.detach().resolve_conj().resolve_neg()
        return [torch.view_as_real(plain) if plain.is_complex() else plain]
    if isinstance(value, dict):
        return [tensor for item in value.values() for tensor in _tensors(item, depth - 1)]
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in _tensors(item, depth - 1)]
    if depth and hasattr(value, "__dict__") and not isinstance(value, torch.nn.Module):
        return [tensor for item in vars(value).values() for tensor in _tensors(item, depth - 3)] if depth > 3 else []
    return []


def _difference(expected: list[Any], actual: list[Any]) -> str:
    import numpy

    if len(expected) != len(actual):
        return f"{len(expected)} outputs in eager mode, {len(actual)} here"
    for index, (wanted, got) in enumerate(zip(expected, actual, strict=True)):
        reference = wanted.float().numpy() if str(wanted.dtype) == "torch.bfloat16" else wanted.numpy()
        if reference.shape != numpy.shape(got):
            return f"output {index}: shape {reference.shape} in eager mode, {numpy.shape(got)} here"
        if not numpy.allclose(reference.astype("float64"), numpy.asarray(got).astype("float64"), 1e-2, 1e-3, equal_nan=True):
            return f"output {index}: values differ"
    return ""


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and len(found) < 6:
        found.append(link)
        link = link.__cause__ or link.__context__
    return found


def _message(error: BaseException) -> str:
    parts = []
    for link in _chain(error)[::-1][:3]:
        text = " ".join(str(link).split())
        parts.append(f"{type(link).__name__}: {re.sub(chr(27) + r'[^m]*m', '', text)[:260]}")
    return " <- ".join(parts).replace("\n", " ")


def _place(error: BaseException, sites: list[Path]) -> str:
    """The innermost line of a site that the failure names or passed through, the first failure first."""
    for link in _chain(error)[::-1]:
        places = re.findall(r'File "([^"]+)", line (\d+)', str(link))
        frame = link.__traceback__
        while frame is not None:
            places.append((frame.tb_frame.f_code.co_filename, str(frame.tb_lineno)))
            frame = frame.tb_next
        for name, line in places[::-1]:
            for site in sites:
                path = Path(name)
                if path.is_relative_to(site) and not str(path).startswith(str(site / "torch") + "/"):
                    return f"{path.relative_to(site)}:{line}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
