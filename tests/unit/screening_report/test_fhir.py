"""A report as a FHIR R4 bundle: valid for three judges, deterministic, with the numbers of the report's JSON."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from fhir_checks import problems, refused_by
from report_results import every_report
from scoliogait.errors import DataError
from scoliogait.screening_report.content import LONGEST_CODE, Probability, Report
from scoliogait.screening_report.fhir.bundle import fhir_bundle, fhir_json
from scoliogait.screening_report.report_file import report_json
from screening_reports import (
    DIGEST,
    RECORDING,
    bare_report,
    inconclusive_report,
    model_facts,
    refused_report,
    screened_report,
    simulated_report,
)

NAMESPACE = 'xmlns="http://www.w3.org/1999/xhtml"'
CARD = "# Card\n\nof a model: <b> & 王\n"
REPORTS = (screened_report, refused_report, simulated_report, inconclusive_report, bare_report)


def bundle_of(report: Report, card: str | None = CARD) -> dict[str, Any]:
    return json.loads(fhir_json(report, card))


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def only(bundle: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = resources(bundle, kind)
    return found


def code(concept: dict[str, Any]) -> str:
    return concept["coding"][0]["code"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("card", [CARD, None])
@pytest.mark.parametrize("make", REPORTS)
def test_every_kind_of_report_is_a_bundle_that_nobody_objects_to(
    make: Callable[[], Report], card: str | None, language: str
) -> None:
    bundle = fhir_bundle(make(), card, language)
    assert problems(bundle) == []
    assert refused_by(bundle) == set()
    assert json.loads(fhir_json(make(), card, language)) == bundle


@pytest.mark.parametrize("kind", every_report())
def test_so_is_that_of_every_kind_of_result(kind: str) -> None:
    bundle = fhir_bundle(every_report()[kind], CARD, "zh")
    assert problems(bundle) == []
    assert refused_by(bundle) == set()


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(DataError, match="no texts in language 'xx'"):
        fhir_bundle(screened_report(), None, "xx")


# --- numbers


def test_every_number_of_the_bundle_is_that_of_the_report_s_json_and_none_is_missing() -> None:
    report = screened_report()
    bundle, told = bundle_of(report), json.loads(report_json(report), parse_float=Decimal)
    observed = {
        code(one["code"]): dict(_numbers_of(one))
        for one in resources(bundle, "Observation")
        if code(one["code"]) != "pass"
    }
    expected: dict[str, dict[str, Any]] = {
        one["measure"].replace("_", "-"): _measured(one) for one in told["asymmetries"]
    }
    roll = told["camera_roll"]
    expected["camera-roll"] = {"value": roll["value"], "low": roll["interval"][0], "high": roll["interval"][1]}
    expected["recording-quality"] = {
        f"{check['name'].replace('_', '-')} {part}": check[key]
        for check in told["checks"]
        for part, key in (("value", "measured"), ("limit", "limit"), ("refused", "refused_at"))
        if check[key] is not None
    }
    for change in told["earlier"]["changes"]:
        parts = {"value": "change", "earlier value": "earlier", "now value": "now", "mdc95 value": "mdc95"}
        found = {part: change[key] for part, key in parts.items()}
        expected[f"{change['measure'].replace('_', '-')}-change"] = found
    assert observed == {name: _floats(of) for name, of in expected.items()}

    passes = [dict(_numbers_of(one)) for one in resources(bundle, "Observation") if code(one["code"]) == "pass"]
    assert passes == [_floats(_pass(one)) for one in told["passes"]]

    risk = {code(one["outcome"]): list(_prediction(one)) for one in only(bundle, "RiskAssessment")["prediction"]}
    assert risk == {
        one["name"]: [float(100 * share) for share in (one["value"], *one["interval"])] for one in told["probabilities"]
    }

    n_expected = sum(map(len, expected.values())) + sum(map(len, passes)) + sum(map(len, risk.values()))
    assert len(list(_leaves(bundle))) == n_expected


def _measured(one: dict[str, Any]) -> dict[str, Any]:
    low, high = one["interval"] or (None, None)
    parts = {"value": one["value"], "sd": one["sd_of_pass"], "low": low, "high": high}
    parts |= {"strides value": one["n_strides"], "mdc95 value": one["mdc95"]}
    return {part: number for part, number in parts.items() if number is not None}


def _pass(one: dict[str, Any]) -> dict[str, Any]:
    names = ("number", "strides", "shoulder_tilt", "hip_tilt", "shoulders_minus_hips")
    parts = {f"{name.replace('_', '-')} value": one[name] for name in names}
    if one["top_probability"] is not None:
        parts["top-probability value"] = 100 * one["top_probability"]
    return {part: number for part, number in parts.items() if number is not None}


def _floats(numbers: dict[str, Any]) -> dict[str, float]:
    return {name: float(number) for name, number in numbers.items()}


def _numbers_of(observation: dict[str, Any]) -> Iterator[tuple[str, float]]:
    if "valueQuantity" in observation:
        yield "value", observation["valueQuantity"]["value"]
        for extension in observation["valueQuantity"].get("extension", []):
            if "valueDecimal" in extension:
                yield "sd", extension["valueDecimal"]
    for extension in observation.get("extension", []):
        yield "low", extension["valueRange"]["low"]["value"]
        yield "high", extension["valueRange"]["high"]["value"]
    for part in observation.get("component", []):
        name = code(part["code"])
        if "valueQuantity" in part:
            yield f"{name} value", part["valueQuantity"]["value"]
        if "valueInteger" in part:
            yield f"{name} value", part["valueInteger"]
        for one, ends in zip(("limit", "refused"), part.get("referenceRange", []), strict=False):
            yield f"{name} {one}", (ends.get("low") or ends.get("high"))["value"]


def _prediction(one: dict[str, Any]) -> Iterator[float]:
    yield one["probabilityDecimal"]
    ends = one["extension"][0]["valueRange"]
    yield from (ends["low"]["value"], ends["high"]["value"])


def _leaves(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def test_the_numbers_that_people_read_are_those_of_the_report() -> None:
    report = screened_report()
    told = json.loads(report_json(report))
    known = {abs(number) for number in _leaves(told)}
    known |= {round(100 * one["value"], 1) for one in told["probabilities"]} | {46.7}
    for resource in resources(bundle_of(report), "Observation") + resources(bundle_of(report), "RiskAssessment"):
        text = "".join(ElementTree.fromstring(resource["text"]["div"]).itertext())
        assert {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)} <= known, text


def test_probabilities_are_percentages_whatever_they_are() -> None:
    generator = np.random.default_rng(0)
    for _ in range(200):
        shares = generator.dirichlet((0.5, 0.5, 0.5)).round(3)
        named = zip(("negative", "neutral", "positive"), shares.tolist(), strict=True)
        chances = tuple(Probability(name=name, value=share, interval=None) for name, share in named)  # type: ignore[arg-type]
        bundle = fhir_bundle(screened_report(probabilities=chances))
        assert problems(bundle) == []
        found = [one["probabilityDecimal"] for one in only(bundle, "RiskAssessment")["prediction"]]
        assert found == [float(Decimal(str(share)) * 100) for share in shares.tolist()]


def test_signs_are_kept_and_missing_values_are_not_made_up() -> None:
    bundle = bundle_of(screened_report())
    found = {code(one["code"]): one for one in resources(bundle, "Observation")}
    assert found["hip-tilt"]["valueQuantity"]["value"] == -0.4
    assert code(found["hip-tilt"]["interpretation"][0]) == "within-error"
    assert "extension" not in found["hip-midline"]
    assert "extension" not in found["hip-midline"]["valueQuantity"]
    assert "component" not in found["hip-midline"]
    roll = {code(part["code"]): part for part in found["recording-quality"]["component"]}["camera-roll"]
    assert "valueQuantity" not in roll
    assert roll["dataAbsentReason"]["coding"][0]["code"] == "unknown"


# --- what stands in it and what does not


def test_the_parties_of_a_report() -> None:
    bundle = bundle_of(screened_report())
    report, device, document = (only(bundle, kind) for kind in ("DiagnosticReport", "Device", "DocumentReference"))
    assert only(bundle, "Patient").keys() == {"resourceType", "id", "language", "text", "identifier"}
    assert only(bundle, "Patient")["identifier"][0]["value"] == "K-0173"
    assert (report["status"], report["effectiveDateTime"], report["issued"]) == (
        "preliminary",
        "2026-11-20",
        "2026-11-28T10:14:00Z",
    )
    assert code(report["conclusionCode"][0]) == "positive"
    assert report["extension"][0]["valueReference"]["reference"] == f"urn:uuid:{only(bundle, 'RiskAssessment')['id']}"
    assert base64.b64decode(document["content"][0]["attachment"]["data"]).decode() == CARD
    assert device["identifier"][0]["value"] == f"urn:hash::sha256:{DIGEST}"
    assert {part["value"] for part in device["version"]} == {"0.2.0", DIGEST}
    roles = [
        (entity["role"], entity["what"].get("identifier", {}).get("value"))
        for entity in only(bundle, "Provenance")["entity"]
    ]
    assert roles == [("derivation", None), ("source", f"urn:hash::sha256:{RECORDING}")]


def test_a_person_without_a_code_is_no_patient() -> None:
    bundle = bundle_of(screened_report(person_code=None))
    assert resources(bundle, "Patient") == []
    assert only(bundle, "RiskAssessment")["subject"] == {"display": "the person recorded; no code was given"}


def test_a_recording_that_was_not_usable_has_a_reason_and_no_observation() -> None:
    bundle = bundle_of(
        refused_report(probabilities=screened_report().probabilities, asymmetries=screened_report().asymmetries)
    )
    report = only(bundle, "DiagnosticReport")
    assert report["status"] == "cancelled"
    assert code(report["conclusionCode"][0]) == "not-usable"
    assert "the recording shows a side view; film from the front." in report["conclusion"]
    assert "no Observations and no RiskAssessment, because the recording could not be judged" in report["conclusion"]
    assert resources(bundle, "Observation") == resources(bundle, "RiskAssessment") == []
    assert "result" not in report


@pytest.mark.parametrize(
    ("origin", "why"), [("simulated", "learned from simulated walkers"), ("unknown", "not recorded from which walks")]
)
def test_a_model_without_recorded_walks_gives_measurements_alone_and_says_why(origin: str, why: str) -> None:
    bundle = bundle_of(simulated_report(model=model_facts(training_walks=origin)))
    assert resources(bundle, "RiskAssessment") == []
    report = only(bundle, "DiagnosticReport")
    assert why in report["conclusion"]
    assert code(report["conclusionCode"][0]) == "measurements"
    assert len(resources(bundle, "Observation")) == len(resources(bundle_of(screened_report()), "Observation"))
    assert only(bundle, "Device")["note"][1]["text"].startswith(("This program learned", "Nobody knows"))
    for name in ("positive", "neutral", "0.662", "66.2", "70.1"):  # nor the class of a single pass
        assert name not in json.dumps([report, *resources(bundle, "Observation")]).replace("Positive: the walker", "")


def test_a_doubtful_recording_keeps_its_verdict_beside_the_numbers() -> None:
    bundle = bundle_of(inconclusive_report())
    risk = only(bundle, "RiskAssessment")
    assert "only 1.2 strides were seen" in [note["text"] for note in risk["note"]]
    assert all("qualitativeRisk" not in one for one in risk["prediction"])
    assert code(only(bundle, "DiagnosticReport")["conclusionCode"][0]) == "inconclusive"


# --- the same bytes, and ids


def test_the_same_report_gives_the_same_bytes_and_another_time_another_report() -> None:
    assert fhir_json(screened_report(), CARD) == fhir_json(screened_report(), CARD)
    one, later = (bundle_of(r) for r in (screened_report(), screened_report(made_at=datetime(2027, 1, 1, tzinfo=UTC))))
    assert one["id"] != later["id"]
    assert only(one, "DiagnosticReport")["id"] != only(later, "DiagnosticReport")["id"]
    for kind in ("Patient", "Device", "DocumentReference"):  # who and what took part is the same
        assert only(one, kind)["id"] == only(later, kind)["id"]


@pytest.mark.parametrize("hours", [-12, 0, 5.75, 14, 23])
def test_times_have_a_zone_that_fhir_knows(hours: float) -> None:
    made = datetime(2026, 11, 28, 10, 14, tzinfo=timezone(timedelta(hours=hours)))
    bundle = fhir_bundle(screened_report(made_at=made))
    assert refused_by(bundle) == set()
    assert datetime.fromisoformat(bundle["timestamp"]) == made


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "a & b",
        '"]]>',
        "王小明",
        "\u200cx",
        "a\u3000b",
        "a\xa0b",
        "x" * LONGEST_CODE,
        "\ufffe\uffff",
        "{x}",
        "مريم",
    ],
)
def test_any_name_is_text_and_nothing_else(name: str) -> None:
    bundle = fhir_bundle(screened_report(person_code=name, model=model_facts(name=name)), CARD)
    assert refused_by(bundle) == set()
    assert "<img" not in json.dumps(bundle["entry"], ensure_ascii=False).replace(f'"{name}"', "").replace(
        f"model {name}", ""
    )
    assert only(bundle, "Patient")["identifier"][0]["value"] == " ".join(name.split())


# --- the three judges


def _risk(bundle: dict[str, Any]) -> dict[str, Any]:
    return only(bundle, "RiskAssessment")


def _tilt(bundle: dict[str, Any]) -> dict[str, Any]:
    return resources(bundle, "Observation")[0]


def _shares(bundle: dict[str, Any]) -> None:
    for one in _risk(bundle)["prediction"]:
        one["probabilityDecimal"] = round(one["probabilityDecimal"] / 100, 3)


MISTAKES: dict[str, tuple[Callable[[dict[str, Any]], Any], set[str]]] = {
    "a status that does not exist": (lambda b: _tilt(b).update(status="finish"), {"schema"}),
    "an observation without status": (lambda b: _tilt(b).pop("status"), {"models"}),
    "a risk without status": (lambda b: _risk(b).pop("status"), {"models"}),
    "an id of 70 characters": (lambda b: b.update(id="x" * 70), {"schema"}),
    "an id with an underscore": (lambda b: b.update(id="a_b"), {"models", "schema"}),
    "an unknown field": (lambda b: _tilt(b).update(colour="red"), {"models", "schema"}),
    "a time without a zone": (lambda b: b.update(timestamp="2026-11-28T10:14:00"), {"models", "schema"}),
    "a time with a blank": (lambda b: _tilt(b).update(effectiveDateTime="2026-11-20 09:12:00"), {"models", "schema"}),
    "an empty text": (lambda b: _risk(b).update(mitigation=""), {"models", "schema", "invariants"}),
    "a number that is none": (lambda b: _tilt(b)["valueQuantity"].update(value=float("nan")), {"models", "invariants"}),
    "a number without end": (lambda b: _tilt(b)["valueQuantity"].update(value=float("inf")), {"models", "invariants"}),
    "a sum that was not rounded": (lambda b: _tilt(b)["valueQuantity"].update(value=2.5 + 0.1 + 0.2), {"invariants"}),
    "a unit that UCUM lacks": (lambda b: _tilt(b)["valueQuantity"].update(code="degree"), {"invariants"}),
    "XHTML that is not closed": (lambda b: _tilt(b)["text"].update(div=f"<div {NAMESPACE}><p>"), {"invariants"}),
    "a script": (
        lambda b: _tilt(b)["text"].update(div=f"<div {NAMESPACE}><script>1</script></div>"),
        {"invariants"},
    ),
    "a reference to another kind": (lambda b: _tilt(b).update(subject=_risk(b)["performer"]), {"invariants"}),
    "a reference that leads nowhere": (lambda b: _tilt(b)["subject"].update(reference="urn:uuid:0"), {"invariants"}),
    "a device that performs": (lambda b: _tilt(b).update(performer=[_tilt(b)["device"]]), {"invariants"}),
    "a probability of 1.7": (lambda b: _risk(b)["prediction"][0].update(probabilityDecimal=1.7), {"invariants"}),
    "probabilities of 0 to 1": (_shares, {"invariants"}),
    "both forms of a probability": (
        lambda b: _risk(b)["prediction"][0].update(probabilityRange={"low": {"value": 1}}),
        {"models"},
    ),
    "an interval turned round": (
        lambda b: _tilt(b)["extension"][0]["valueRange"]["low"].update(value=9.0),
        {"invariants"},
    ),
    "an interval in another unit": (
        lambda b: [end.update(code="%") for end in _tilt(b)["extension"][0]["valueRange"].values()],
        {"invariants"},
    ),
    "an extension that nobody knows": (lambda b: _tilt(b)["extension"][0].update(url="http://x/y"), {"invariants"}),
    "a device as R5 has it": (lambda b: only(b, "Device").update(type=[{"text": "AI"}]), {"models"}),
    "a missing label": (lambda b: _tilt(b).pop("meta"), {"invariants"}),
    "a subject that is missing": (lambda b: _risk(b).pop("subject"), {"models", "schema"}),
    "one entry twice": (lambda b: b["entry"].append(b["entry"][0]), {"invariants"}),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_found_by_those_who_can_see_it(name: str) -> None:
    plant, finders = MISTAKES[name]
    bundle = deepcopy(bundle_of(screened_report()))
    assert refused_by(bundle) == set()
    plant(bundle)
    assert refused_by(bundle) == finders


def test_no_judge_can_be_left_out() -> None:
    alone = {next(iter(finders)) for _, finders in MISTAKES.values() if len(finders) == 1}
    assert alone == {"models", "schema", "invariants"}


def test_numbers_of_numpy_are_no_plain_numbers() -> None:
    bundle = fhir_bundle(screened_report())
    assert all(type(number) in (int, float) for number in _leaves(bundle))
    _tilt(bundle)["valueQuantity"]["value"] = np.float64(2.6)
    assert problems(bundle) != []
