"""What was measured, as Observations: each asymmetry, the camera's roll, the passes, the recording, and changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scoliogait.screening_report.content import Change, Check, Measured, Pass, Report
from scoliogait.screening_report.fhir.codes import (
    ABSENT_REASON,
    ASSERTED_BY_AI,
    OBSERVATION_CATEGORY,
    SD_EXTENSION,
    SD_TYPE_EXTENSION,
    UNIT_OF_CHECK,
)
from scoliogait.screening_report.fhir.values import (
    Resource,
    concept,
    confidence,
    identified,
    narrative,
    percent,
    quantity,
    reference,
    words,
)
from scoliogait.screening_report.rounding import PROBABILITY_DIGITS
from scoliogait.screening_report.spelling import signed, signed_range
from scoliogait.screening_report.texts import Texts

# The code of a value's error as one standard deviation of a normal distribution.
_NORMAL = "N"


@dataclass(frozen=True)
class Setting:
    """What all Observations of a report share."""

    report: Report
    texts: Texts
    subject: Resource
    device: Resource


def observations(setting: Setting) -> tuple[Resource, ...]:
    """Of a recording without an answer none: nothing that was measured in it means anything."""
    if not setting.report.result.has_answer:
        return ()
    return tuple(identified(resource) for resource in _all(setting))


def _all(setting: Setting) -> Iterator[Resource]:
    report = setting.report
    for measured in report.asymmetries:
        yield _measured(setting, measured)
    if report.camera_roll is not None:
        yield _camera_roll(setting)
    for one in report.passes:
        yield _pass(setting, one)
    if report.checks:
        yield _recording(setting)
    if report.earlier is not None:
        for change in report.earlier.changes:
            yield _change(setting, change)


def _observation(setting: Setting, code: str, name: str, told: str, **more: Any) -> Resource:
    """told: the value in words. more: further elements; empty ones are left out."""
    date = setting.report.walk_date
    known = {
        "text": narrative(told),
        "status": "preliminary",  # no person has looked at it
        "category": [{"coding": [{"system": OBSERVATION_CATEGORY, "code": "procedure", "display": "Procedure"}]}],
        "code": concept(code, name),
        "subject": setting.subject,
        "effectiveDateTime": None if date is None else date.isoformat(),
        "device": reference(setting.device),
        "method": {"text": words(setting.texts("fhir.method"))},
    } | more
    head = {"resourceType": "Observation", "language": setting.texts.tag, "meta": {"security": [ASSERTED_BY_AI]}}
    return head | {key: value for key, value in known.items() if value is not None and value != []}


def _measured(setting: Setting, measured: Measured) -> Resource:
    texts, unit = setting.texts, measured.unit
    name = texts(f"examiner.{measured.measure}")
    value = quantity(measured.value, unit)
    if measured.sd_of_pass is not None:
        value["extension"] = [
            {"url": SD_EXTENSION, "valueDecimal": measured.sd_of_pass},
            {"url": SD_TYPE_EXTENSION, "valueCode": _NORMAL},
        ]
    components = []
    if measured.n_strides is not None:
        components.append(_component("strides", texts("examiner.strides"), valueInteger=measured.n_strides))
    if measured.mdc95 is not None:
        components.append(_component("mdc95", texts("examiner.mdc"), valueQuantity=quantity(measured.mdc95, unit)))
    known = "" if measured.interval is None else f" ({signed_range(measured.interval, unit, texts('examiner.to'))})"
    reading = texts(f"examiner.{measured.reading}")
    return _observation(
        setting,
        measured.measure,
        name,
        f"{name}: {signed(measured.value, unit)}{known}, {reading}. {texts('fhir.sign')}",
        extension=[] if measured.interval is None else [confidence(measured.interval, unit)],
        valueQuantity=value,
        interpretation=[concept(measured.reading, reading)],
        note=[{"text": words(texts("fhir.sign"))}],
        referenceRange=[{"text": words(texts("fhir.no_norm"))}],
        component=components,
    )


def _camera_roll(setting: Setting) -> Resource:
    roll, texts = setting.report.camera_roll, setting.texts
    assert roll is not None
    name = texts("examiner.camera_roll")
    both, code = roll.from_both_directions, "from-both-directions"
    seen = [] if both is None else [_component(code, texts("examiner.from_both"), valueBoolean=both)]
    return _observation(
        setting,
        "camera_roll",
        name,
        f"{name}: {signed(roll.value, 'deg')} ({signed_range(roll.interval, 'deg', texts('examiner.to'))})",
        extension=[confidence(roll.interval, "deg")],
        valueQuantity=quantity(roll.value, "deg"),
        component=seen,
    )


def _pass(setting: Setting, one: Pass) -> Resource:
    texts = setting.texts
    found = [("shoulder_tilt", one.shoulder_tilt), ("hip_tilt", one.hip_tilt)]
    found.append(("shoulders_minus_hips", one.shoulders_minus_hips))
    components = [
        _component("number", texts("examiner.pass"), valueInteger=one.number),
        _component("view", texts("examiner.view"), valueCodeableConcept=concept(one.view, _view(texts, one.view))),
    ]
    if one.strides is not None:
        components.append(
            _component("strides", texts("examiner.strides"), valueQuantity=quantity(one.strides, "strides"))
        )
    tilts = [(name, value) for name, value in found if value is not None]
    components += [
        _component(name, texts(f"examiner.{name}"), valueQuantity=quantity(value, "deg")) for name, value in tilts
    ]
    if answers_for_people(setting.report) and one.top_class is not None and one.top_probability is not None:
        share = quantity(percent(one.top_probability, PROBABILITY_DIGITS), "share")
        called = concept(one.top_class, texts(f"examiner.{one.top_class}"))
        components.append(_component("top-class", texts("examiner.top"), valueCodeableConcept=called))
        components.append(_component("top-probability", texts("examiner.probability"), valueQuantity=share))
    told = "; ".join(f"{texts(f'examiner.{name}')} {signed(value, 'deg')}" for name, value in tilts)
    name = f"{texts('examiner.pass')} {one.number}"
    return _observation(setting, "pass", name, f"{name}: {told}" if told else name, component=components)


def answers_for_people(report: Report) -> bool:
    """Whether the model's answer says anything of a person: only where it learned from recorded walks."""
    return report.model is not None and report.model.training_walks == "recorded"


def _view(texts: Texts, view: str) -> str:
    key = f"examiner.views.{view}"
    return texts(key) if texts.has(key) else view


def _recording(setting: Setting) -> Resource:
    texts, checks = setting.texts, setting.report.checks
    told = "; ".join(
        f"{texts(f'examiner.checks.{one.name}')}: {texts(f'examiner.verdicts.{one.verdict}')}" for one in checks
    )
    name = texts("examiner.recording")
    components = [_check(setting, one) for one in checks]
    return _observation(setting, "recording-quality", name, f"{name}. {told}", component=components)


def _check(setting: Setting, check: Check) -> Resource:
    texts = setting.texts
    verdict = concept(check.verdict, texts(f"examiner.verdicts.{check.verdict}"))
    name = texts(f"examiner.checks.{check.name}")
    if check.limit is None:  # a doubt that stands in the reasons, and no number
        return _component(check.name, name, valueCodeableConcept=verdict)
    unit, side = UNIT_OF_CHECK[check.name], "low" if check.kind == "at_least" else "high"
    limits = [{side: quantity(check.limit, unit), "text": words(texts("fhir.limit"))}]
    if check.refused_at is not None:
        limits.append({side: quantity(check.refused_at, unit), "text": words(texts("fhir.refused_limit"))})
    if check.measured is None:
        absent = {"coding": [{"system": ABSENT_REASON, "code": "unknown", "display": "Unknown"}]}
        value: dict[str, Any] = {"dataAbsentReason": absent}
    else:
        value = {"valueQuantity": quantity(check.measured, unit)}
    return _component(check.name, name, **value, interpretation=[verdict], referenceRange=limits)


def _change(setting: Setting, change: Change) -> Resource:
    earlier, texts, unit = setting.report.earlier, setting.texts, change.unit
    assert earlier is not None
    reading = texts(f"examiner.{change.reading}")
    name = f"{texts(f'examiner.{change.measure}')}: {texts('examiner.change')}"
    components = [
        _component("earlier", texts("examiner.earlier_value"), valueQuantity=quantity(change.earlier, unit)),
        _component("now", texts("examiner.now"), valueQuantity=quantity(change.now, unit)),
        _component("same-model", texts("examiner.same_model"), valueBoolean=earlier.same_model),
    ]
    if change.mdc95 is not None:
        components.append(_component("mdc95", texts("examiner.mdc"), valueQuantity=quantity(change.mdc95, unit)))
    if earlier.walk_date is not None:
        date = earlier.walk_date.isoformat()
        components.append(_component("earlier-date", texts("examiner.date"), valueDateTime=date))
    return _observation(
        setting,
        f"{change.measure}_change",
        name,
        f"{name} {signed(change.change, unit)}, {reading}",
        valueQuantity=quantity(change.change, unit),
        interpretation=[concept(change.reading, reading)],
        component=components,
    )


def _component(code: str, name: str, **value: Any) -> Resource:
    return {"code": concept(code, name), **value}
