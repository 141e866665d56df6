"""Three judges of a FHIR bundle, each of which lets mistakes of the others' kind pass, and what they say of one.

``fhir.resources`` (its R4B models; it has none for R4) knows types, required elements and dates, but no codes and no
references. HL7's JSON schema of R4 knows codes and lengths, but hardly any required element. The rest is here, written
from the specification and without the code that builds the bundle.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

SCHEMA = Path(__file__).parent / "fhir_schema" / "fhir-r4.schema.json"
XHTML = "{http://www.w3.org/1999/xhtml}"
# UCUM's own codes that a walk needs; what it counts without a unit stands in braces.
UCUM = re.compile(r"deg|%|/s|1|\{\w+\}")
AI = "http://hl7.org/fhir/uv/aitransparency/"
CORE = "http://hl7.org/fhir/StructureDefinition/"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
# Which value an extension has, and in what it may stand.
EXTENSIONS = {
    f"{CORE}iso21090-uncertainty": ("valueDecimal", {"valueQuantity"}),
    f"{CORE}iso21090-uncertaintyType": ("valueCode", {"valueQuantity"}),
    f"{CORE}diagnosticReport-risk": ("valueReference", {"DiagnosticReport"}),
    f"{AI}StructureDefinition/AIconfidence": ("valueRange", {"Observation", "prediction"}),
    f"{AI}StructureDefinition/aitransparency.AIKind": ("valueCodeableConcept", {"Device"}),
    f"{AI}StructureDefinition/aitransparency.modelCardDescription": ("valueReference", {"Device"}),
}
# Systems of HL7, and the codes of them that may stand here.
CODES = {
    f"{TERMINOLOGY}v3-ObservationValue": {"AIAST"},
    f"{TERMINOLOGY}observation-category": {"procedure"},
    f"{TERMINOLOGY}data-absent-reason": {"unknown"},
    f"{TERMINOLOGY}provenance-participant-type": {"assembler"},
    f"{AI}CodeSystem/AIdeviceTypeCS": {"Artificial-Intelligence", "Deep-Learning-Models"},
    f"{AI}CodeSystem/AIinputsCS": {"AIModelCard", "AIModelCardMarkdownFormat"},
}
OWN_SYSTEM = re.compile(r"https://scoliogait\.invalid/fhir/[\w/-]+")
# Element -> what it may refer to, as R4 says.
TARGETS = {
    "DiagnosticReport.subject": {"Patient"},
    "DiagnosticReport.result": {"Observation"},
    "DiagnosticReport.extension": {"RiskAssessment"},
    "Observation.subject": {"Patient"},
    "Observation.device": {"Device"},
    "Observation.performer": {"Patient"},
    "RiskAssessment.subject": {"Patient"},
    "RiskAssessment.performer": {"Device"},
    "RiskAssessment.basis": {"Observation"},
    "Device.extension": {"DocumentReference"},
    "Provenance.target": {"DiagnosticReport", "Observation", "RiskAssessment"},
    "Provenance.agent": {"Device"},
    "Provenance.entity": {"DocumentReference"},
}


@cache
def _schema() -> Any:
    return jsonschema.Draft6Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def refused_by(bundle: dict[str, Any]) -> set[str]:
    """Which of the three find something wrong: ``models``, ``schema``, ``invariants``."""
    judges = {"models": _models, "schema": _schema_problems, "invariants": problems}
    return {name for name, judge in judges.items() if judge(bundle)}


def _models(bundle: dict[str, Any]) -> list[str]:
    try:
        Bundle.model_validate(json.loads(json.dumps(bundle)))
    except (ValidationError, ValueError) as error:
        return [str(error)]
    return []


def _schema_problems(bundle: dict[str, Any]) -> list[str]:
    return [error.message for error in _schema().iter_errors(json.loads(json.dumps(bundle)))]


def problems(bundle: dict[str, Any]) -> list[str]:
    """What neither the models nor the schema look at."""
    return list(_problems(bundle))


def _problems(bundle: dict[str, Any]) -> Iterator[str]:
    resources = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    if len(resources) != len(bundle["entry"]):
        yield "bdl-7: a fullUrl twice"
    for url, resource in resources.items():
        if url != f"urn:uuid:{resource.get('id')}":
            yield f"{url} is not the id of its resource"
        yield from _references(resource, resources)
        yield from _narrative(resource)
        yield from _asserted(resource, resources)
        for path, value in _walk(resource, resource["resourceType"]):
            yield from _one(path, value)
    yield from (problem for one in resources.values() for problem in _of_kind(one))


def _references(resource: dict[str, Any], resources: dict[str, Any]) -> Iterator[str]:
    for path, value in _walk(resource, resource["resourceType"]):
        if not (isinstance(value, dict) and "reference" in value):
            continue
        target = resources.get(value["reference"])
        if target is None:
            yield f"{path}: {value['reference']} is not in the bundle"
            continue
        element = ".".join(re.sub(r"\[\d+\]", "", path).split(".")[:2])
        if target["resourceType"] != value.get("type") or target["resourceType"] not in TARGETS.get(element, set()):
            yield f"{path}: a {target['resourceType']}"


def _narrative(resource: dict[str, Any]) -> Iterator[str]:
    try:
        root = ElementTree.fromstring(resource["text"]["div"])
    except (KeyError, ElementTree.ParseError) as error:
        yield f"{resource['resourceType']}.text: {error}"
        return
    if root.tag != f"{XHTML}div" or not "".join(root.itertext()).strip():
        yield "txt-1, txt-2: no XHTML with text in it"
    if any(part.tag != f"{XHTML}p" or part.attrib for part in root):
        yield "more than paragraphs"


def _asserted(resource: dict[str, Any], resources: dict[str, Any]) -> Iterator[str]:
    """What an AI asserts is labelled so, and some Provenance says who."""
    if resource["resourceType"] not in {"DiagnosticReport", "Observation", "RiskAssessment"}:
        return
    if [label["code"] for label in resource.get("meta", {}).get("security", [])] != ["AIAST"]:
        yield "not labelled as asserted by an AI"
    targets = {
        target["reference"]
        for one in resources.values()
        if one["resourceType"] == "Provenance"
        for target in one["target"]
    }
    if f"urn:uuid:{resource['id']}" not in targets:
        yield "no Provenance has it as its target"


def _one(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, float | int) and not isinstance(value, bool) and type(value) not in (float, int):
        yield f"{path}: a {type(value).__name__} is no plain number"
    if isinstance(value, float) and (value != value or len(repr(abs(value)).partition(".")[2]) > 3):
        yield f"{path}: {value!r} has digits that nobody measured"
    if isinstance(value, str) and (value != value.strip() or not value):
        yield f"{path}: {value!r} is empty, or begins or ends with a blank"
    if not isinstance(value, dict):
        return
    if value.get("system") == "http://unitsofmeasure.org" and not UCUM.fullmatch(value.get("code", "")):
        yield f"{path}: {value.get('code')!r} is no code of UCUM"
    if {"value", "unit"} <= value.keys() and value.get("system") != "http://unitsofmeasure.org":
        yield f"{path}: a quantity without a coded unit"
    if {"low", "high"} <= value.keys() and not value["low"]["value"] <= value["high"]["value"]:
        yield f"{path}: rng-2: low above high"
    for coding in value.get("coding", []):
        system, code = coding.get("system", ""), coding.get("code")
        if code not in CODES.get(system, {code if OWN_SYSTEM.fullmatch(system) else None}) or code is None:
            yield f"{path}: no code {code} in {system}"
    for extension in value.get("extension", []):
        kind, places = EXTENSIONS.get(extension["url"], ("unknown", set()))
        if set(extension) != {"url", kind} or not any(path.split("[")[0].endswith(place) for place in places):
            yield f"{path}: extension {extension['url']} of another kind or in another place"


def _of_kind(resource: dict[str, Any]) -> Iterator[str]:
    kind = resource["resourceType"]
    if kind == "Observation":
        yield from _observation(resource)
    if kind == "RiskAssessment":
        yield from _risk(resource)
    if (
        kind == "DiagnosticReport"
        and resource["status"] == "cancelled"
        and ("result" in resource or not resource["conclusion"])
    ):
        yield "a cancelled report with results, or without a reason"


def _observation(resource: dict[str, Any]) -> Iterator[str]:
    values = [key for key in resource if key.startswith("value")]
    if values and "dataAbsentReason" in resource:
        yield "obs-6"
    if not values and not resource.get("component"):
        yield "nothing is observed"
    own = {coding["code"] for coding in resource["code"]["coding"]}
    parts = resource.get("component", [])
    if values and any(own & {coding["code"] for coding in part["code"]["coding"]} for part in parts):
        yield "obs-7"
    for part in parts:
        if len([key for key in part if key.startswith("value")]) + ("dataAbsentReason" in part) != 1:
            yield "a component without exactly one value or the reason why there is none"
    for one in [*resource.get("referenceRange", []), *(r for p in parts for r in p.get("referenceRange", []))]:
        if not {"low", "high", "text"} & one.keys():
            yield "obs-3"
    for extension in resource.get("extension", []):
        yield from _holds(
            extension["valueRange"], resource["valueQuantity"]["value"], resource["valueQuantity"]["code"]
        )


def _risk(resource: dict[str, Any]) -> Iterator[str]:
    predictions = resource["prediction"]
    total = sum(one.get("probabilityDecimal", 0) for one in predictions)
    if not abs(total - 100) < 0.2:  # three values, each rounded to a tenth
        yield f"the probabilities of all classes add up to {total}, not to 100 percent"
    for one in predictions:
        if not 0 <= one.get("probabilityDecimal", 0) <= 100:
            yield "ras-2"
        for extension in one.get("extension", []):
            # An interval has whole percents, and a value tenths.
            yield from _holds(extension["valueRange"], one["probabilityDecimal"], "%", 0.5)


def _holds(ends: dict[str, Any], value: float, code: str, slack: float = 0.0) -> Iterator[str]:
    if not ends["low"]["value"] - slack <= value <= ends["high"]["value"] + slack:
        yield "a value outside of its own interval"
    if {ends["low"]["code"], ends["high"]["code"]} != {code}:
        yield "a value and its interval in different units"


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}")
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{number}]")
