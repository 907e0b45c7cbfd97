"""Reads a JSON report back into a `Report`, so that it can be costed anew and drawn again without a scan.

Keys of the JSON are the fields of the values, but for those that are named here; every value is checked against the type of
its field. What a report was costed with is in `tco.inputs`; its comparison is made anew, never read.
"""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from analyzer.knowledge.saved_report import read_json_report
from analyzer.knowledge.scenario import load_default_scenario
from analyzer.model.assumption import Assumption
from analyzer.model.capability import Capability
from analyzer.model.cost import CostInputs, DeclaredInstance, PassMark, ProofPlan, TcoComparison
from analyzer.model.coverage import Coverage
from analyzer.model.effort import RoleEffort, TargetAssessment, WorkItem
from analyzer.model.errors import UserInputError
from analyzer.model.finding import Finding
from analyzer.model.graph import GraphSummary
from analyzer.model.hot_spots import HotSpots
from analyzer.model.kernels import KernelInventory
from analyzer.model.opinion import Opinion, ProviderCoverage, SecondOpinion
from analyzer.model.owned_files import OwnedFiles
from analyzer.model.plan import WorkPlan
from analyzer.model.provenance import Provenance
from analyzer.model.report import Report, ToolInfo
from analyzer.model.rule import Rule
from analyzer.model.seams import Seams
from analyzer.model.workload import Workload
from analyzer.report.workload_json import WORKLOAD_SHAPES

Json = dict[str, Any]


class NotAsWrittenError(ValueError):
    """A value is not of the kind that the schema gives it; the message names its place."""


def read_report(path: Path) -> Report:
    """The report of a JSON file. Its `tco` holds only what a new comparison needs. Raises `UserInputError`."""
    document = read_json_report(path)
    try:
        return _report(document)
    except NotAsWrittenError as error:
        raise UserInputError(str(path), str(error), "is not as in a report of `offramp scan` of this version") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise UserInputError(str(path), "", f"is not as in a report of `offramp scan` of this version ({error})") from None


def _report(document: Json) -> Report:
    for number, finding in enumerate(document["findings"]):
        if finding["rule_id"] not in document["rules"]:
            raise NotAsWrittenError(f"findings[{number}].rule_id")
    kernels = {"kernels": document["kernels"], "extensions": document["extensions"], "host_files": []}
    return Report(
        tool=_built(ToolInfo, document["tool"], "tool"),
        root=_built(str, document["root"], "root"),
        as_of=_built(str, document["as_of"], "as_of"),
        coverage=_built(Coverage, document["coverage"], "coverage"),
        findings=_built(tuple[Finding, ...], document["findings"], "findings"),
        inventory=_built(KernelInventory, kernels, "kernels"),
        graph=_built(GraphSummary, document["graph"], "graph"),
        workload=_built(Workload, document["workload"], "workload"),
        second_opinions=tuple(_second_opinion(item, f"second_opinions[{n}]") for n, item in enumerate(document["second_opinions"])),
        targets=tuple(_target(name, value) for name, value in document["targets"].items()),
        plans=tuple(_work_plan(name, value["plan"]) for name, value in document["targets"].items() if "plan" in value),
        seams=_seams(document["seams"]) if "seams" in document else None,
        hot_spots=_hot_spots(document["hot_spots"]) if "hot_spots" in document else None,
        owned_files=_built(tuple[OwnedFiles, ...], document.get("owned_files", []), "owned_files"),
        tco=_tco(document["tco"]),
        made=_built(Provenance, document.get("made", {}), "made"),
        assumptions=_built(tuple[Assumption, ...], document["assumptions"], "assumptions"),
        rules=tuple(
            _built(Rule, {"id": name, "guarded_severity": value["severity"], "matches": [], **value}, f"rules.{name}")
            for name, value in document["rules"].items()
        ),
        capabilities=tuple(
            _built(Capability, {"id": name, **value}, f"capabilities.{name}") for name, value in document["capabilities"].items()
        ),
    )


def _target(name: str, value: Json) -> TargetAssessment:
    effort = value["effort"]
    flat = {**value, "target_id": name, "drivers": effort["drivers"], "by_role": effort["by_role"]}
    flat["quantiles"] = effort.get("quantiles", [])  # reports written before there were any
    target: TargetAssessment = _built(TargetAssessment, flat, f"targets.{name}")
    return target


def _work_plan(name: str, value: Json) -> WorkPlan:
    place = f"targets.{name}.plan"
    calendar = tuple((_built(int, row["people"], place), float(_built(float, row["days"], place))) for row in value["calendar"])
    flat = {**value, "target_id": name, "calendar": [], "waves": [{**wave, "index": wave["wave"]} for wave in value["waves"]]}
    plan: WorkPlan = _built(WorkPlan, flat, place)
    return replace(plan, calendar=calendar)


def _seams(value: Json) -> Seams:
    seams: Seams = _built(Seams, {**value, "target_id": value["target"]}, "seams")
    return seams


def _hot_spots(value: Json) -> HotSpots:
    spots: HotSpots = _built(HotSpots, {**value, "target_id": value["target"]}, "hot_spots")
    return spots


def _second_opinion(value: Json, place: str) -> SecondOpinion:
    """What a report keeps of a second opinion: all that it shows."""
    flat = {**value, "asked_symbol": "", "steps": [], "providers": [], "classes": [], "quotes": []}
    opinion: Opinion = _built(Opinion, flat, place)
    steps = tuple((_built(str, step["name"], place), _built(str, step["status"], place)) for step in value["steps"])
    providers = tuple(_provider(item, f"{place}.providers") for item in value["providers"])
    whole: SecondOpinion = _built(SecondOpinion, {**value, "opinion": flat}, place)
    return whole._replace(opinion=opinion._replace(steps=steps, providers=providers))


def _provider(value: Json, place: str) -> ProviderCoverage:
    def nodes(key: str) -> tuple[tuple[str, int], ...]:
        return tuple((name, _built(int, count, f"{place}.{key}")) for name, count in value[key].items())

    name, version, source = (_built(str, value[key], f"{place}.{key}") for key in ("name", "version", "source"))
    return ProviderCoverage(name, version, source, nodes("without_kernel"), nodes("not_in_table"))


def _tco(value: Json) -> TcoComparison:
    return TcoComparison(
        load_default_scenario(), (), (), _built(tuple[DeclaredInstance, ...], value["declared"], "tco.declared"),
        plans=tuple(_plan(plan, f"tco.proof_of_concept[{index}]") for index, plan in enumerate(value["proof_of_concept"])),
        inputs=_built(CostInputs, value["inputs"], "tco.inputs"),
    )  # fmt: skip


def _plan(value: Json, place: str) -> ProofPlan:
    texts = {key: _built(str, value[key], f"{place}.{key}") for key in ("option", "target", "title", "instance_type")}
    return ProofPlan(
        texts["option"], texts["target"], texts["title"], texts["instance_type"], _built(int, value["hours"], f"{place}.hours"),
        None, None, _built(tuple[PassMark, ...], value["pass_marks"], f"{place}.pass_marks"),
        _built(tuple[str, ...], value["commands"], f"{place}.commands"),
    )  # fmt: skip


# ---- values whose JSON has another shape than their fields ---------------------------------------------------------------


def _finding(value: Json) -> Json:
    statement = {**value["statement"], "column": 1, "end_column": 1}
    span = {key: value[key] for key in ("line", "column", "end_line", "end_column")}
    return {**value, "span": span, "statement": statement, "suppressed": value["suppression"]}


def _with_estimate(value: Json) -> Json:
    return {**value, "estimate": {key: value[key] for key in ("p10_days", "p50_days", "p90_days")}}


def _graph(value: Json) -> Json:
    return {**value, "waves": [{**wave, "index": wave["wave"]} for wave in value["order_of_work"]]}


_RESHAPED = {
    Finding: _finding, WorkItem: _with_estimate, RoleEffort: _with_estimate, GraphSummary: _graph, **WORKLOAD_SHAPES,
}  # fmt: skip


# ---- building by type ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _hints(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    """(field, type, has a default) of a dataclass or named tuple."""
    hints = typing.get_type_hints(kind)
    if is_dataclass(kind):
        return tuple((item.name, hints[item.name], item.default is not MISSING) for item in fields(kind))
    return tuple((name, hints[name], name in kind._field_defaults) for name in kind._fields)


def _built(kind: Any, value: Any, place: str) -> Any:
    """The value as a field of this type has it. Raises `NotAsWrittenError` naming its place."""
    origin = typing.get_origin(kind)
    if origin is tuple:
        return _sequence(kind, value, place)
    if origin in (types.UnionType, typing.Union):
        options = [option for option in typing.get_args(kind) if option is not type(None)]
        return None if value is None else _built(options[0], value, place)
    if kind in (str, int, float, bool):
        return _plain(kind, value, place)
    if not isinstance(value, dict):
        raise NotAsWrittenError(place)
    reshape = _RESHAPED.get(kind)
    try:
        value = reshape(value) if reshape else value
    except (KeyError, TypeError):
        raise NotAsWrittenError(place) from None
    given = {}
    for name, hint, has_default in _hints(kind):
        if name in value:
            given[name] = _built(hint, value[name], f"{place}.{name}")
        elif not has_default:
            raise NotAsWrittenError(f"{place}.{name}")
    return kind(**given)


def _sequence(kind: Any, value: Any, place: str) -> tuple[Any, ...]:
    (item, *_) = typing.get_args(kind)
    if not isinstance(value, list):
        raise NotAsWrittenError(place)
    return tuple(_built(item, part, f"{place}[{index}]") for index, part in enumerate(value))


def _plain(kind: Any, value: Any, place: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise NotAsWrittenError(place)
    return value
