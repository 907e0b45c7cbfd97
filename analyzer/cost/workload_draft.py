"""A first workload file, filled in with what a scan saw; everything in it is for a person to correct."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.assess.fit import infers, trains
from analyzer.discover.kinds import is_test_path
from analyzer.knowledge.performance import load_performance
from analyzer.knowledge.toml_reader import read_rules_file
from analyzer.knowledge.toml_text import one_line, quoted
from analyzer.link.program import Program
from analyzer.model.cost import DeclaredInstance, Scenario
from analyzer.model.counted import counted
from analyzer.model.facts import PythonFacts, Text
from analyzer.model.workload import Workload

LONGEST_NAME = 200
SAGEMAKER = "ml."
"""What SageMaker puts before the name of an instance type."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was seen, each with the place that says so."""

    instance_type: str
    count: int
    fleet_note: str
    kind: str
    kind_note: str
    family: str
    family_note: str
    parameters: int
    """0 where no model of a known size is named."""
    parameters_note: str
    trains: bool


def draft_of(program: Program, declared: Iterable[DeclaredInstance], default: Scenario, workload: Workload) -> Draft:
    """Reads instances off deployment files, the kind of model off imports, its family off names in the source, its size off
    the models that `workload` names."""
    declared = tuple(declared)
    fleet = default.fleet
    instance_type, count, note = fleet.instance_type, fleet.count, "the default: no file names an instance"
    known = {name for accelerator in load_performance().accelerators for name, _ in accelerator.instances}
    fitting = [(item.name.removeprefix(SAGEMAKER), item) for item in declared if item.name.removeprefix(SAGEMAKER) in known]
    if fitting:
        instance_type, first = fitting[0]
        count = first.count or 1
        many = (
            f"; {counted(len(declared) - 1, 'other place names', 'other places name')} machines as well"
            if len(declared) > 1
            else ""
        )
        note = f"{first.path}:{first.line}{'' if first.count else ', which gives no number'}{many}"
    elif declared:
        first = declared[0]
        note = f"the default: {first.name} ({first.path}:{first.line}) is no instance type with a known price"
    does_train, does_infer = trains(workload), infers(workload)
    kind, kind_note = ("training", "it trains and does not serve") if does_train and not does_infer else _kind(program)
    family, family_note = _family(program, kind)
    parameters, parameters_note = _parameters(workload)
    return Draft(
        instance_type, count, note, kind, kind_note, family, family_note, parameters, parameters_note, does_train and does_infer
    )


def _kind(program: Program) -> tuple[str, str]:
    document = read_rules_file("workload_hints")
    imported = {edge.target.split(".")[0]: edge for edge in program.imports if not edge.is_internal}
    for table in document.tables("hint"):
        kind, stack = table.text("kind"), table.text("stack")
        seen = [name for name in table.texts("imports") if name in imported]
        if seen:
            return kind, f"{stack}: the repository imports {', '.join(seen)}"
    return "other", "nothing that is imported tells"


def _family(program: Program, kind: str) -> tuple[str, str]:
    """The family of published figures whose name stands most often in the source outside of tests."""
    families = sorted({figure.family for figure in load_performance().figures if figure.kind == kind}, key=len, reverse=True)
    counts: Counter[tuple[str, str]] = Counter()
    for path, facts in sorted(program.files.items()):
        if facts.python is None or is_test_path(path):
            continue
        for text in _named_models(facts.python):
            named = next((family for family in families if family in text), "")
            if named:
                counts[(named, path)] += 1
    if not counts:
        return "", "bert-base, llama-3.1-8b ...; none of the families with published figures is named in the source"
    (family, path), _ = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return family, f"named in {path}"


def _parameters(workload: Workload) -> tuple[int, str]:
    """The size of the largest model that is named outside of hints: memory is bought for the largest."""
    sized = [(model.parameters_high or 0, model) for model in workload.models if model.strength == "found"]
    largest, model = max(sized, key=lambda pair: pair[0], default=(0, None))
    if model is None or not largest:
        return 0, ""
    at_most = "" if model.parameters_low == largest else " has at most so many"
    return largest, f"{model.id}{at_most}, {model.evidence[0].path}"


def _named_models(facts: PythonFacts) -> Iterator[str]:
    """Strings that are passed to a call or given to a name, as families are spelled."""
    values = [argument.value for use in facts.uses if use.kind == "call" for argument in use.arguments]
    values += [binding.value for binding in facts.bindings]
    for value in values:
        if isinstance(value, Text) and len(value.text) < LONGEST_NAME:
            yield value.text.lower().replace("_", "-")


def draft_text(draft: Draft, default: Scenario, instance_rules: Sequence[str]) -> str:
    """The file as TOML with a comment on every key; what stands behind a `#` is off. `instance_rules` are those that would
    take its instance types for machines that the repository runs on."""
    return f"""\
# What you serve and what it costs, for `offramp scan --workload FILE`. Written by `offramp tco init`: correct everything.
# A number that you are not sure of may be given as a range: {{ low = 0.3, likely = 0.4, high = 0.6 }} (marked: range).
# What you leave out is taken from the default scenario, and the report lists it. docs/cost.md explains every key.
{own_file_comment(instance_rules)}
version = 1
title = "Your workload"
region = {quoted(default.region)}
horizon_months = {default.horizon_months}
discount_rate_per_year = {default.discount_rate_per_year}        # your cost of capital

# [currency]                            # the report's; amounts in this file are in it, price lists are in USD
# code = "EUR"
# per_usd = 0.92
# as_of = "2026-11-01"

[fleet]                                 # {one_line(draft.fleet_note)}
instance_type = {quoted(draft.instance_type)}
count = {draft.count}
hours_per_month = {default.fleet.hours_per_month}
# utilisation = 0.4                     # range; at the busiest hour; follows from [traffic] where the throughput is known
# target_utilisation = 0.6              # what you dare to run at
# throughput_per_instance = 150         # measured, at the promised latency, in the unit of [traffic]
# min_instances = 2                     # for availability
# spare_instances = 1                   # so that one may fail at the busiest hour
{
        "# serving_share = 0.7                   # the code trains as well: share of the work that is serving, for a mix"
        if draft.trains
        else "# serving_share = 1.0                   # share of the work that is serving; the rest trains"
    }

[model]                                 # decides which published figures apply, and what fits into memory
kind = {quoted(draft.kind)}  # encoder, llm, vision, asr, diffusion, training, other; {one_line(draft.kind_note)}
family = {quoted(draft.family)}  # {one_line(draft.family_note)}
{f"parameters = {draft.parameters:_}  # {one_line(draft.parameters_note)}" if draft.parameters else "# parameters = 110_000_000"}
# bytes_per_parameter = 2
# layers = 32                           # with the next four: memory of keys and values
# kv_heads = 8
# head_size = 128
# context_tokens = 4096
# concurrency = 16
# accuracy_loss_allowed = 0.01          # share; a measurement that loses more does not count

[traffic]
# unit = "requests"                     # or "tokens" (output tokens)
# peak_per_second = 120
# average_per_second = 61
# daily_profile = [1,1,1,1,1,2,3,5,7,9,10,10,9,9,9,8,8,7,6,5,4,3,2,1]   # any unit, hour 0 first
# (in place of the three above hourly_rates: a rate a second for each hour of a day, a week or a year)
# scaling_overhead = 0.1                # share of hours in which instances start early or stop late
# autoscaled = true                     # whether a right-sized or new fleet follows the profile
# growth_per_year = 0.2                 # range
# input_tokens = 1500
# output_tokens = 250

[latency]                               # what you promise; a measurement that misses it does not count
# p95_ms = 200
# ttft_ms = 2000
# itl_ms = 80

[purchase]
# discount_share = 0.0                  # range; private discount on list prices
# price_drift_per_year = 0.0            # range; change of all prices
# today = {{ on-demand = 0.4, reserved-1y = 0.6 }}  # also savings-plan-1y, savings-plan-3y, reserved-3y, spot, capacity-block
# new = {{ on-demand = 1 }}
# spot_overhead = 0.05                  # share of spot hours that interruptions cost on top

# [[commitment]]                        # what is bound already
# kind = "standard-reserved"            # compute-savings-plan, ec2-instance-savings-plan, convertible-reserved, capacity-block
# share = 0.6                           # of today's fleet; or per_month, or per_hour
# months_left = 9

# [owned]                               # hardware of your own instead of [purchase] today; the purchase is sunk
# purchase_date = "2024-05-01"
# purchase = 300_000
# book_life_months = 60
# power_kw = 10.2
# pue = 1.4
# per_kwh = 0.10
# other_per_month = 2_000               # floor, support
# resale_now = 60_000
# resale_at_horizon = 15_000

# [storage]                             # only what you state is counted; no price is shipped
# gib_per_instance = 200                # the disk of each instance, on both sides
# shared_gib = 1_000                    # held once, however large the fleet
# per_gib_month = 0.08

# [egress]                              # data that leaves the cloud: the same wherever the models run
# gib_per_month = 500
# per_gib = 0.09                        # left out: the price with its source in rules/network.toml

[labour]
# per_day = 1044                        # range; loaded
# ml-engineer = 1044
# kernel-engineer = 1400
# platform-engineer = 950

[move]
# dual_run_months = 2                   # range; both fleets run
# dual_run_share = 1.0                  # of the new fleet meanwhile
# ramp_months = 0                       # traffic moves evenly after that
# other_one_off = 2_000                 # range; instances for the proof of concept and compiling
# upkeep_days_per_year = 15             # range; recompilation, SDK upgrades, skills
# exit_days = 40                        # what leaving the new platform would take at the horizon
# exit_probability = 0.3

# [[candidate]]                         # replaces the instances that are compared by default
# instance_type = "inf2.xlarge"
# region = "us-east-2"                  # where that is another; what moving data there costs is not counted
# target = "inferentia2"                # whose porting effort it needs; leave out where none is

# [[price]]                             # wins over every list
# instance_type = "trn2.3xlarge"
# usd_per_hour = 2.50                   # or per_hour in the currency above
# purchase = "on-demand"
# as_of = "2026-11-01"
# source = "our contract"

# [[api]]                               # a managed service
# id = "provider"
# input_per_million = 0.20
# output_per_million = 0.60
# upkeep_days_per_year = 5              # following its versions; left out: as much as a port takes
# as_of = "2026-11-01"

# [[measurement]]                       # or in a file of its own: --measurements
# instance_type = "inf2.xlarge"
# throughput_per_second = 180
# as_of = "2026-11-01"
"""


def own_file_comment(instance_rules: Sequence[str]) -> str:
    """What keeps a scan from taking a file of Offramp's own for a tie to the machines that it names."""
    return f"# offramp: ignore-file[{', '.join(instance_rules)}] says what is compared, runs nowhere"
