"""The proof of concept for each option that a report names: what to measure, where, how long, and what it must show.

The measurements file that it fills in (`measurements_text`) replaces assumptions when the report is costed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from analyzer.cost.evidence import throughput_today
from analyzer.knowledge.proof_commands import ANY, load_proof_commands
from analyzer.knowledge.toml_text import one_line, quoted
from analyzer.model.cost import OptionCost, PassMark, ProofPlan, TcoComparison
from analyzer.model.counted import counted
from analyzer.model.workload_file import Workload

RATIO, TRAINING = "ratio", "training"
WAYS = (("p95_ms", "95th percentile of latency"), ("ttft_ms", "time to the first token"), ("itl_ms", "time between tokens"))


def proof_plans(comparison: TcoComparison, workload: Workload | None) -> tuple[ProofPlan, ...]:
    """A plan for every other place to run, once: a mix is measured as the whole move is, where that is offered too."""
    shares = {option.id: option.share for option in comparison.scenario.options}
    options = [option for option in comparison.options if option.ratio is not None and option.option_id in shares]
    whole = {(option.target_id, option.instance_type) for option in options if shares[option.option_id] == 1}
    return tuple(
        _plan(option, comparison, workload)
        for option in options
        if shares[option.option_id] == 1 or (option.target_id, option.instance_type) not in whole
    )


def _plan(option: OptionCost, comparison: TcoComparison, workload: Workload | None) -> ProofPlan:
    book = load_proof_commands()
    is_training = workload is not None and workload.model.kind == TRAINING
    proof = book.of(option.target_id)
    commands = (proof.training or book.of(ANY).training) if is_training else proof.serving
    family = option.instance_type.split(".")[0]
    worth = next((sway.value_of_knowing_usd for sway in option.tornado if sway.key == RATIO), None)
    cost = None if option.usd_per_hour is None else (option.usd_per_hour * book.hours).quantize(Decimal(1))
    return ProofPlan(
        option.option_id, option.target_id, option.title, option.instance_type, book.hours, cost, worth,
        tuple(_marks(option, workload)),
        tuple(command.replace("{instance}", option.instance_type).replace("{family}", family) for command in commands),
    )  # fmt: skip


def _marks(option: OptionCost, workload: Workload | None) -> Iterator[PassMark]:
    yield _throughput_mark(option, workload)
    is_training = workload is not None and workload.model.kind == TRAINING
    if not is_training:
        yield from _latency_marks(workload)
    if option.target_id:
        yield PassMark("accuracy_change", _accuracy_words(workload), "a model that exports or compiles may still be wrong")
        reported = load_proof_commands().of(option.target_id).compile_reported
        if reported:
            yield PassMark("compile_minutes", "fits into a release, times shapes, times SDK upgrades", reported)


def _accuracy_words(workload: Workload | None) -> str:
    """What a measurement has to keep of accuracy to count: what the workload file allows, where it says that."""
    if workload is not None and workload.accuracy_loss_allowed is not None:
        return f"a loss of at most {workload.accuracy_loss_allowed:.2%}"
    if workload is not None and workload.model.kind == TRAINING:
        return "the loss after as many steps follows the present one"
    return "within what you agree on before you measure"


def _latency_marks(workload: Workload | None) -> Iterator[PassMark]:
    for name, title in WAYS:
        promised = getattr(workload.latency, name) if workload else None
        if promised is not None:
            yield PassMark(name, f"at most {promised:f} ms", f"{title}, at that throughput")
    if workload is None or all(getattr(workload.latency, name) is None for name, _ in WAYS):
        yield PassMark("p95_ms", "no worse than today", "no latency is promised in a workload file")


def _throughput_mark(option: OptionCost, workload: Workload | None) -> PassMark:
    needed = option.required_ratio
    if needed is None and option.verdict == "no price":
        return PassMark("throughput_per_second", "to be measured", "what it needs to pay follows once its price is known")
    if needed is None:
        return PassMark("throughput_per_second", "none is enough", "at these prices and this effort none makes it pay")
    today = throughput_today(workload) if workload else None
    if today is None:
        return PassMark(
            "throughput_per_second", f"at least {needed:g} x one of today's instances", "measure both: below it does not pay"
        )
    rate = today[0] * Decimal(str(needed))
    return PassMark("throughput_per_second", f"at least {rate:.4g}", f"{needed:g} x {today[0]:.4g} of today ({today[1]})")


def measurements_text(plans: Iterable[ProofPlan], as_of: str, own_file: str = "") -> str:
    """A measurements file to fill in; a row whose throughput is left at 0 is not read. `own_file` is the comment that keeps a
    scan from taking it for the repository's."""
    lines = [
        "# What the proof of concept measured. Fill in the rows that you have; a throughput of 0 is not read.",
        "# Then: offramp report REPORT.json --measurements THIS_FILE --workload WORKLOAD.toml -o report.html",
        "# Measure today's instance as well where the workload file does not say its throughput.",
        *([own_file] if own_file else []),
        "version = 1",
    ]
    seen = set()
    for plan in plans:
        if plan.instance_type in seen:
            continue
        seen.add(plan.instance_type)
        lines += ["", f"# {one_line(plan.title)}, about {counted(plan.hours, 'instance hour')}"]
        lines += ["# " + one_line(f"pass: {mark.quantity} {mark.mark} ({mark.why})") for mark in plan.marks]
        lines += [
            "[[measurement]]", f"instance_type = {quoted(plan.instance_type)}",
            "throughput_per_second = 0    # requests, or output tokens, at the promised latency", f'as_of = "{as_of}"',
            'software = ""', "# p95_ms = 0.0", "# ttft_ms = 0.0", "# itl_ms = 0.0", "# accuracy_change = 0.0",
            "# compile_minutes = 0",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"
