"""Try every public torch API on ONNX Runtime: export it, load it, run it and compare with eager torch.

usage: measure_onnx.py RESULTS.jsonl [--workers 2] [--only NAME]

Needs torch, onnx, onnxscript and onnxruntime. Each case runs in a worker process, since exporters crash and hang; a
case that kills its worker is a failure at the stage `crash`. Results are appended, so an interrupted run goes on where
it stopped. `build_onnx_table.py` makes the table from them.
"""

from __future__ import annotations

import argparse
import json
import selectors
import signal
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

SECONDS_A_CASE = 120
FIRST_SAMPLES = 3
MOST_SAMPLES = 8


def main() -> int:
    """Parent: deal the cases out. With `--worker`: measure those whose numbers stand on standard input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, nargs="?")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    if options.worker:
        return work()
    from cases import all_cases

    done = set()
    if options.results.exists():
        done = {json.loads(line)["number"] for line in options.results.read_text().splitlines()}
    waiting = [number for number, case in enumerate(all_cases()) if number not in done and options.only in case.name]
    print(f"{len(done)} done, {len(waiting)} to do", flush=True)
    with options.results.open("a") as results:
        deal(waiting, results, options.workers)
    rows = [json.loads(line) for line in options.results.read_text().splitlines()]
    print(len(rows), dict(Counter(row["status"] for row in rows)))
    return 0


class Worker:
    """A process that is given one case after another."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )  # fmt: skip
        self.number = -1

    def give(self, number: int) -> None:
        """Hand the worker its next case."""
        self.number = number
        assert self.process.stdin is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()


def deal(waiting: list[int], results: Any, count: int) -> None:
    """Keep workers busy; replace one that died or hangs, and write what it was at as a crash."""
    waiting = waiting[::-1]
    selector = selectors.DefaultSelector()

    def start(worker: Worker) -> None:
        if waiting:
            worker.give(waiting.pop())
            selector.register(worker.process.stdout, selectors.EVENT_READ, worker)

    for _ in range(min(count, len(waiting))):
        start(Worker())
    while selector.get_map():
        ready = selector.select(timeout=SECONDS_A_CASE * 2)
        keys = [key for key, _ in ready] or list(selector.get_map().values())
        for key in keys:
            worker = key.data
            line = key.fileobj.readline() if ready else ""
            selector.unregister(key.fileobj)
            if not line:
                worker.process.kill()
                line = (
                    json.dumps(
                        {"number": worker.number, "status": "fail", "stage": "crash", "passed": 0, "tried": 1, "failures": []}
                    )
                    + "\n"
                )
                worker = Worker()
            results.write(line)
            results.flush()
            start(worker)
            if not waiting and worker.process.stdout not in [k.fileobj for k in selector.get_map().values()]:
                worker.process.stdin.close()


def work() -> int:
    """Measure the cases whose numbers come in."""
    warnings.filterwarnings("ignore")
    import logging

    logging.disable(logging.CRITICAL)
    output = sys.stdout
    sys.stdout = sys.stderr
    import torch
    from cases import all_cases

    torch.set_num_threads(1)
    _keep_registry()
    cases = all_cases()
    signal.signal(signal.SIGALRM, _too_long)
    for line in sys.stdin:
        number = int(line)
        row = measure(cases[number])
        output.write(json.dumps({"number": number, **row}) + "\n")
        output.flush()
    return 0


def _keep_registry() -> None:
    """Let all exports of a worker share the registry, which takes three times as long to build as a small export."""
    from torch.onnx._internal.exporter import _registration

    registry = _registration.ONNXRegistry.from_torchlib()
    _registration.ONNXRegistry.from_torchlib = classmethod(lambda cls, *_, **__: registry)  # type: ignore[method-assign]


class TooLongError(Exception):
    """The case used up its time."""


def _too_long(signum: int, frame: Any) -> None:
    raise TooLongError


def measure(case: Any) -> dict[str, Any]:
    """Status of one case over some of its samples."""
    row: dict[str, Any] = {"name": case.name, "kind": case.kind, "variant": case.variant, "dtype": case.dtype.split(".")[-1]}
    signal.alarm(SECONDS_A_CASE)
    outcomes: list[dict[str, Any]] = []
    try:
        samples = _ordered(case.samples())
        first = FIRST_SAMPLES if case.kind in ("function", "module") and case.dtype != "torch.int64" else 1
        for index, sample in enumerate(samples[:MOST_SAMPLES]):
            has_failed = any(outcome["stage"] not in ("", "random") for outcome in outcomes)
            if index >= first and not has_failed:
                break
            outcomes.append(try_sample(case, sample))
    except TooLongError:
        outcomes.append({"stage": "timeout", "message": f"more than {SECONDS_A_CASE} s", "shape": "", "edge": False})
    except Exception as error:
        outcomes.append({"stage": "inputs", "message": _message(error), "shape": "", "edge": False})
    finally:
        signal.alarm(0)
    judged = [outcome for outcome in outcomes if outcome["stage"] not in ("eager", "inputs")]
    failures = [outcome for outcome in judged if outcome["stage"] not in ("", "random")]
    row["tried"], row["passed"] = len(judged), len(judged) - len(failures)
    row["failures"] = [{key: f[key] for key in ("stage", "message", "shape", "edge")} for f in failures]
    row["stage"] = failures[0]["stage"] if failures else ("random" if any(o["stage"] == "random" for o in judged) else "")
    row["status"] = "untestable" if not judged else "pass" if not failures else "fail" if row["passed"] == 0 else "partial"
    row["aten"] = sorted({name for outcome in outcomes for name in outcome.get("aten", ())})
    row["onnx"] = sorted({name for outcome in outcomes for name in outcome.get("onnx", ())})
    return row


def _ordered(samples: list[Any]) -> list[Any]:
    """Ordinary inputs first: tensors with a dimension and an element."""
    ordinary = [sample for sample in samples if not _is_edge(sample)]
    chosen = ordinary or samples
    step = max(1, len(chosen) // MOST_SAMPLES)
    return chosen[::step][:MOST_SAMPLES]


def _is_edge(sample: Any) -> bool:
    import torch
    from torch.utils import _pytree

    tensors = [leaf for leaf in _pytree.tree_leaves((sample.arguments, sample.keywords)) if isinstance(leaf, torch.Tensor)]
    return any(tensor.numel() == 0 for tensor in tensors) or (bool(tensors) and tensors[0].dim() == 0)


def try_sample(case: Any, sample: Any) -> dict[str, Any]:
    """Export, load, run, compare; `stage` is where it failed, or "" or `random`."""
    import torch
    from torch.utils import _pytree

    leaves, spec = _pytree.tree_flatten((sample.arguments, sample.keywords))
    places = [index for index, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor)]

    class Wrapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = sample.module

        def forward(self, *tensors: torch.Tensor) -> Any:
            given = list(leaves)
            for place, tensor in zip(places, tensors, strict=True):
                given[place] = tensor
            arguments, keywords = _pytree.tree_unflatten(given, spec)
            return (case.call or self.inner)(*arguments, **keywords)

    shape = _shown(sample)
    outcome: dict[str, Any] = {"shape": shape, "edge": _is_edge(sample), "message": "", "stage": ""}
    inputs = tuple(leaves[place].detach() for place in places)
    wrapped = Wrapped().eval()
    stage = "eager"
    try:
        with torch.no_grad():
            expected = _tensors(wrapped(*_cloned(inputs)))
            again = _tensors(wrapped(*_cloned(inputs)))
        stage = "export"
        program = torch.onnx.export(wrapped, _cloned(inputs), dynamo=True, verbose=False)
        assert program is not None
        outcome["aten"] = sorted({str(node.target) for node in program.exported_program.graph.nodes if node.op == "call_function"})
        outcome["onnx"] = sorted({node.op_type for node in program.model.graph.all_nodes()})
        stage = "load"
        actual = _run(program, inputs)
        stage = "compare"
        problem = _difference(expected, actual)
        if problem and _difference(expected, [tensor.numpy() for tensor in again]):
            outcome["stage"] = "random"
        elif problem:
            outcome.update(stage="compare", message=problem)
    except TooLongError:
        raise
    except Exception as error:
        outcome.update(stage=stage, message=_message(error))
    return outcome


def _cloned(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(tensor.clone() for tensor in inputs)


def _tensors(value: Any) -> list[Any]:
    import torch
    from torch.utils import _pytree

    found = []
    for leaf in _pytree.tree_leaves(value):
        if isinstance(leaf, torch.Tensor):
            plain = leaf.detach().resolve_conj().resolve_neg()
            found.append(torch.view_as_real(plain) if plain.is_complex() else plain)
        elif isinstance(leaf, int | float | bool):
            found.append(torch.as_tensor(leaf))
    return found


def _run(program: Any, inputs: tuple[Any, ...]) -> list[Any]:
    import onnxruntime
    import torch

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.log_severity_level = 4
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    feed = {}
    for place, tensor in zip(session.get_inputs(), inputs, strict=False):
        value = tensor.resolve_conj().resolve_neg()
        feed[place.name] = (torch.view_as_real(value) if value.is_complex() else value).numpy()
    return list(session.run(None, feed))


def _difference(expected: list[Any], actual: list[Any]) -> str:
    import numpy

    if len(expected) != len(actual):
        return f"{len(expected)} outputs in eager mode, {len(actual)} here"
    for index, (wanted, got) in enumerate(zip(expected, actual, strict=True)):
        reference = wanted.float().numpy() if str(wanted.dtype) == "torch.bfloat16" else wanted.numpy()
        if reference.shape != numpy.shape(got):
            return f"output {index}: shape {reference.shape} in eager mode, {numpy.shape(got)} here"
        if not numpy.allclose(reference.astype("float64"), numpy.asarray(got).astype("float64"), 1e-3, 1e-4, equal_nan=True):
            return f"output {index}: values differ"
    return ""


def _shown(sample: Any) -> str:
    import torch
    from torch.utils import _pytree

    def short(value: Any) -> str:
        return f"{tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)[:40]

    arguments = _pytree.tree_map(short, sample.arguments)
    keywords = {key: _pytree.tree_map(short, value) for key, value in sample.keywords.items()}
    return f"{sample.made_with} {arguments} {keywords}".replace("'", "")[:200]


def _message(error: BaseException) -> str:
    chain = []
    link: BaseException | None = error
    while link is not None and len(chain) < 4:
        text = next((line for line in str(link).splitlines() if line.strip() and "\x1b" not in line), "")
        chain.append(f"{type(link).__name__}: {text[:300]}")
        link = link.__cause__ or link.__context__
    return " <- ".join(chain)


if __name__ == "__main__":
    sys.exit(main())
