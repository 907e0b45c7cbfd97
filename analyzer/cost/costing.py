"""From the user's files and the assessed targets to the comparison of costs: what a scan and a re-costed report share."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from analyzer.cost.capacity import scenario_of, with_measured_load
from analyzer.cost.price_book import PriceBook
from analyzer.cost.proof_plan import proof_plans
from analyzer.cost.tco import compare_options
from analyzer.knowledge.performance import load_performance
from analyzer.knowledge.prices import load_price_lists, load_user_prices, read_price_list
from analyzer.knowledge.scenario import load_default_scenario, read_scenario
from analyzer.knowledge.targets import load_targets
from analyzer.knowledge.toml_reader import Table, read_toml
from analyzer.knowledge.workload_file import check_known, is_workload_file, read_workload
from analyzer.knowledge.workload_parts import read_measurements
from analyzer.model.cost import CostInputs, DeclaredInstance, PriceList, Scenario, TcoComparison
from analyzer.model.cost_files import CostFiles
from analyzer.model.effort import TargetAssessment
from analyzer.model.errors import UserInputError
from analyzer.model.workload_file import Workload

LARGEST_FILE_BYTES = 4_000_000
LEAST_UTILISATION, MOST_UTILISATION = Decimal("0.0001"), Decimal(10)


class Text:
    """A user's file whose text is kept with the report."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self.text = text

    def read_bytes(self) -> bytes:
        """As the reader of TOML asks for it."""
        return self.text.encode("utf-8")

    def table(self) -> Table:
        """The file as TOML. Raises `UserInputError`."""
        return read_toml(self.source, self)


def read_text(path: Path | None) -> Text | None:
    """A file that the user named. Raises `UserInputError` where it cannot be read."""
    if path is None:
        return None
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE_BYTES + 1)
        if len(data) > LARGEST_FILE_BYTES:
            raise UserInputError(str(path), "", f"is larger than {LARGEST_FILE_BYTES:,} bytes")
        return Text(str(path), data.decode("utf-8"))
    except OSError as error:
        raise UserInputError(str(path), "", f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UserInputError(str(path), "", f"is not UTF-8 text (byte {error.start})") from None


@dataclass(frozen=True, slots=True)
class Costing:
    """All that a comparison needs besides what was assessed; read, and refused, before any work is done."""

    plan: Scenario | Workload
    price_lists: tuple[PriceList, ...]
    as_of: datetime.date
    inputs: CostInputs

    @staticmethod
    def from_files(files: CostFiles, as_of: datetime.date) -> Costing:
        """Reads the files. Raises `UserInputError` naming file, key and allowed range."""
        prices = tuple(text for path in files.prices if (text := read_text(path)) is not None)
        return Costing.from_texts(read_text(files.workload), prices, read_text(files.measurements), as_of)

    @staticmethod
    def from_texts(workload: Text | None, prices: tuple[Text, ...], measurements: Text | None, as_of: datetime.date) -> Costing:
        """The same from texts. Raises `UserInputError`."""
        named = tuple(replace(read_price_list(text.table(), as_of), is_explicit=True) for text in prices)
        lists = (*load_price_lists(), *load_user_prices(as_of), *named)
        plan = _plan(workload, lists, as_of)
        if measurements is not None:
            plan = _with_measurements(plan, measurements, as_of)
        if workload is not None and isinstance(plan, Workload):
            _check_load(workload.table(), plan)
        inputs = CostInputs(
            workload.text if workload else "", measurements.text if measurements else "", tuple(text.text for text in prices)
        )
        return Costing(plan, lists, as_of, inputs)

    def compare(self, assessments: Iterable[TargetAssessment], declared: tuple[DeclaredInstance, ...]) -> TcoComparison:
        """Every option for the assessed targets. `declared` are the machines that the repository names."""
        assessments = tuple(assessments)
        efforts = {assessment.target_id: assessment.effort for assessment in assessments}
        roles = {assessment.target_id: days_by_role(assessment) for assessment in assessments}
        partly = {assessment.target_id for assessment in assessments if assessment.fit.use == "partly"}
        scenario = self.plan if isinstance(self.plan, Scenario) else self._scenario(self.plan, efforts, partly)
        unfit = {assessment.target_id: assessment.fit.sentence for assessment in assessments if assessment.fit.use == "no"}
        untold = {assessment.target_id for assessment in assessments if assessment.verdict == "unknown"}
        comparison = compare_options(scenario, self.price_lists, efforts, self.as_of, declared, roles, unfit, untold)
        workload = None if isinstance(self.plan, Scenario) else self.plan
        return replace(comparison, inputs=self.inputs, plans=proof_plans(comparison, workload))

    def _scenario(self, workload: Workload, efforts: Mapping[str, object], partly: Collection[str]) -> Scenario:
        scenario = workload.scenario
        book = PriceBook(scenario.region, scenario.prices, self.price_lists, scenario.spot_overhead)

        def price(instance_type: str) -> Decimal | None:
            bought = book.find(instance_type, scenario.purchase_new)
            return None if bought is None else bought.usd_per_hour

        serving_only = {target.id for target in load_targets() if target.id in partly and not target.trains}
        return scenario_of(workload, load_performance(), tuple(efforts), price, serving_only)


def _plan(text: Text | None, lists: tuple[PriceList, ...], as_of: datetime.date) -> Scenario | Workload:
    """The workload, or the scenario of the older format, or the default one."""
    base = load_default_scenario()
    if text is None:
        return base
    document = text.table()
    if not is_workload_file(document):
        return read_scenario(document, base)
    workload = read_workload(document, base, as_of)
    prices = [price for price_list in lists for price in price_list.prices]
    held = {name for accelerator in load_performance().accelerators for name, _ in accelerator.instances}
    check_known(document, workload, {price.instance_type for price in prices} | held, {price.region for price in prices})
    scenario = workload.scenario
    book = PriceBook(scenario.region, scenario.prices, lists)
    for purchase in [] if scenario.owned else book.missing(scenario.fleet.instance_type, scenario.purchase_today):
        reason = (
            f"there is no {purchase} price for {scenario.fleet.instance_type} in {scenario.region}, so that nothing can be "
            "compared: give one as [[price]], with --prices, or fetch it with `offramp prices refresh`"
        )
        raise document.fail("fleet.instance_type", reason)
    return workload


def _check_load(document: Table, plan: Workload) -> None:
    """Raises `UserInputError` where rate, throughput and fleet contradict each other beyond any mistake of measurement."""
    utilisation = with_measured_load(plan).utilisation_today
    if not LEAST_UTILISATION <= utilisation <= MOST_UTILISATION:
        reason = (
            f"contradicts throughput and count: today's fleet would run at {utilisation:.3g} times what it can do, "
            f"must lie between {LEAST_UTILISATION} and {MOST_UTILISATION}"
        )
        raise document.fail("traffic.peak_per_second", reason)


def _with_measurements(plan: Scenario | Workload, text: Text, as_of: datetime.date) -> Workload:
    document = text.table()
    if not isinstance(plan, Workload):
        raise UserInputError(text.source, "", "measurements need a workload file beside them (`offramp tco init` writes one)")
    document.integer("version", 1, low=1, high=1)
    found = read_measurements(document, as_of)
    document.finish()
    newest = {item.instance_type for item in found}
    return replace(plan, measurements=(*(item for item in plan.measurements if item.instance_type not in newest), *found))


def days_by_role(assessment: TargetAssessment) -> Mapping[str, float]:
    """Median person-days by role."""
    return {item.role: item.estimate.p50_days for item in assessment.by_role}
