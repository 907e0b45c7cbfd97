"""What documented lists say of a model on a chip, or of a family at a managed service."""

from __future__ import annotations

from dataclasses import replace

from analyzer.knowledge.fit import FitFacts, ListedModel, TargetFacts, load_listed_models
from analyzer.knowledge.workload import Family, find_family, load_families, plain_name, shape_key
from analyzer.model.counted import counted
from analyzer.model.workload import Documented, NamedModel

GOOD = ("supported", "beta", "maintenance", "sample", "community")
RANKS = (*GOOD, "limited", "mentioned", "roadmap", "not tested", "not applicable", "ended", "other chips")
"""What a list says, the most favourable first."""
WORDS = {
    "supported": "is supported",
    "beta": "is supported in beta",
    "maintenance": "is supported, in maintenance",
    "sample": "has a sample",
    "community": "was made to work by its community",
    "limited": "runs with limitations",
    "mentioned": "is mentioned, which is no statement of support",
    "roadmap": "was on the roadmap",
    "not tested": "is not tested",
    "not applicable": "does not apply",
    "ended": "was supported and no longer is",
    "other chips": "is listed for other chips only",
}
NO_LIST = Documented("no list", "No list of models is kept for this target: try the model there.", "", "")


def documented(model: NamedModel, phase: str, chip: str, target: TargetFacts, facts: FitFacts) -> Documented:
    """The most favourable row for the model itself, else for another size of it or of its family."""
    if target.service:
        return at_service(model, target.service, facts)
    listed = load_listed_models(target.models)
    if not listed or not chip:
        return NO_LIST
    guide = guide_of(model, phase, chip, listed, facts)
    own, near = (_said(model, rows, chip) for rows in rows_of(model, phase, chip, listed))
    if own is not None and near is not None and own.status != "documented" and near.status == "family":
        return replace(near, sentence=f"{near.sentence} {own.sentence}{guide}")
    said = own or near
    if said is not None:
        return replace(said, sentence=said.sentence + guide)
    what = f"the family {model.family_title}" if model.family else "this model"
    sentence = f"Not documented: no list for this chip names {what} for {phase}. That is not the same as unsupported."
    return Documented("not documented", sentence + guide, "", "")


def guide_of(model: NamedModel, phase: str, chip: str, listed: tuple[ListedModel, ...], facts: FitFacts) -> str:
    """What a guide by kind of model says, where there is one for the task; with a space before it."""
    kind = facts.guides.get(model.task, "")
    row = next((row for row in listed if row.fit and row.name == kind and row.use == phase and chip in row.statuses), None)
    if row is None:
        return ""
    return f' A guide by kind of model calls {row.name} "{row.fit}" for this chip ({row.sdk_version}).'


def rows_of(
    model: NamedModel, phase: str, chip: str, listed: tuple[ListedModel, ...]
) -> tuple[list[ListedModel], list[ListedModel]]:
    """The rows for the model and for its family."""
    plain, key = plain_name(model.id), shape_key(model.id)
    family = find_family(model.family)
    own: list[ListedModel] = []
    near: list[ListedModel] = []
    for row in listed:
        if row.use != phase or chip not in row.statuses:
            continue
        if not model.is_own and (row.plain == plain or row.key == key):
            own.append(row)
        elif family is not None and is_of_family(row, family):
            near.append(row)
    return own, near


def is_of_family(row: ListedModel, family: Family) -> bool:
    """Whether a row is about a family: it is listed under one of its names, or the row's name is one of its models'."""
    name = row.name.lower()
    if name in family.listed_as or name.partition(":")[0] in family.listed_as:
        return True
    first = next((known for known in load_families() if known.names.match(row.plain)), None)
    return first is not None and first.id == family.id


def _said(model: NamedModel, rows: list[ListedModel], chip: str) -> Documented | None:
    """The most favourable of some rows, in a sentence that names its list; None where there is no row."""
    if not rows:
        return None
    best = min(rows, key=lambda row: (RANKS.index(row.statuses[chip][0]), row.list_title, row.name))
    status, words = best.statuses[chip]
    is_own = best.key == shape_key(model.id)
    is_same = best.plain == plain_name(model.id)
    subject = best.name if is_same else f"The same shape, {best.name}," if is_own else f"Of its family {best.name}"
    others = len(rows) - 1
    more = f" {counted(others, 'more row')} in these lists." if others else ""
    quoted = words.replace('"', "")
    sentence = f'{subject} {WORDS[status]} ("{quoted}" in: {best.list_title}, {best.sdk_version}).{more}'
    good = "documented" if is_own or is_same else "family"
    kind = good if status in GOOD else "not documented" if status == "other chips" else status
    return Documented(kind, sentence, best.source, best.sdk_version)


def at_service(model: NamedModel, name: str, facts: FitFacts) -> Documented:
    """Whether a managed service takes the family."""
    service = facts.services[name]
    family = find_family(model.family)
    if family is not None and family.managed in service.architectures:
        sentence = f"{service.title} takes the {family.managed} architecture (as of {service.as_of})."
        return Documented("documented", sentence, service.reference, service.as_of)
    if family is None:
        sentence = f"Its family is not recognised. {service.title} takes these architectures: {', '.join(service.architectures)}."
        return Documented("not documented", sentence, service.reference, service.as_of)
    return Documented("not documented", service.otherwise, service.reference, service.as_of)
