"""Names and codes of the bundle, each once. Those of HL7 as FHIR R4 (4.0.1) and the AI Transparency guide state them.

Nobody has a code for the tilt of a walking person, so measures have codes of our own: ``.invalid`` is a domain that
leads nowhere, on purpose.
"""

from __future__ import annotations

from scoliogait.screening_report.content import CheckName, Unit

OWN_SYSTEM = "https://scoliogait.invalid/fhir/CodeSystem/walk"
PERSON_SYSTEM = "https://scoliogait.invalid/fhir/person-code"
REPORT_SYSTEM = "https://scoliogait.invalid/fhir/report-code"
URI_SYSTEM = "urn:ietf:rfc:3986"
UCUM = "http://unitsofmeasure.org"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
PARTICIPANT_TYPE = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
# "The content was asserted by an artificial intelligence": what receivers filter by.
ASSERTED_BY_AI = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "AIAST",
    "display": "Artificial Intelligence asserted",
}

_CORE = "http://hl7.org/fhir/StructureDefinition/"
SD_EXTENSION = f"{_CORE}iso21090-uncertainty"
SD_TYPE_EXTENSION = f"{_CORE}iso21090-uncertaintyType"
RISK_EXTENSION = f"{_CORE}diagnosticReport-risk"

# HL7 AI Transparency 1.0.0 (STU 1 ballot of 2026), for R4.
_AI = "http://hl7.org/fhir/uv/aitransparency/"
CONFIDENCE_EXTENSION = f"{_AI}StructureDefinition/AIconfidence"
KIND_EXTENSION = f"{_AI}StructureDefinition/aitransparency.AIKind"
CARD_EXTENSION = f"{_AI}StructureDefinition/aitransparency.modelCardDescription"
AI_DEVICES, AI_INPUTS = f"{_AI}CodeSystem/AIdeviceTypeCS", f"{_AI}CodeSystem/AIinputsCS"

# Unit in words, and its UCUM code; in braces stands what UCUM counts without a unit.
UNITS: dict[str, tuple[str, str]] = {
    "deg": ("degree", "deg"),
    "percent": ("% of body height", "%"),
    "share": ("%", "%"),
    "strides": ("strides", "{stride}"),
    "trunk lengths": ("trunk lengths", "{trunk_length}"),
    "pixels": ("pixels", "{pixel}"),
    "shoulder heights": ("heights of the shoulders above the ankles", "{shoulder_height}"),
    "per second": ("per second", "/s"),
}
# Of those with a number.
UNIT_OF_CHECK: dict[CheckName, str] = {
    "strides": "strides",
    "usable_frames": "share",
    "view_width": "trunk lengths",
    "body_height": "pixels",
    "frame_rate": "per second",
    "camera_height": "shoulder heights",
    "exchanged_sides": "share",
    "camera_roll": "deg",
}


def code_of(name: str) -> str:
    """The code of a name of ours: ``shoulder-tilt`` of ``shoulder_tilt``."""
    return name.replace("_", "-").replace(" ", "-")


def unit_of(unit: Unit) -> tuple[str, str]:
    """Words and UCUM code of the unit of a measure."""
    return UNITS[unit]
