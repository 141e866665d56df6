"""The small pieces that resources are made of, as plain values. Texts are such as FHIR takes: no space but blanks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from scoliogait.screening_report.fhir.codes import CONFIDENCE_EXTENSION, OWN_SYSTEM, UCUM, UNITS, code_of

Resource = dict[str, Any]
_IDS = uuid.UUID("2f0c5a2e-5f0f-5f0a-9d0c-7f3a1c9b6e44")
# What XML cannot hold, although names may.
_NO_XML = {0xFFFE: "\N{REPLACEMENT CHARACTER}", 0xFFFF: "\N{REPLACEMENT CHARACTER}"}


def identified(resource: Resource) -> Resource:
    """The resource with an id that follows from its content: the same content has the same id, wherever it is made."""
    content = json.dumps(resource, sort_keys=True, allow_nan=False)
    kind = {"resourceType": resource["resourceType"], "id": str(uuid.uuid5(_IDS, content))}
    return kind | resource


def full_url(resource: Mapping[str, Any]) -> str:
    """Under which the bundle holds it."""
    return f"urn:uuid:{resource['id']}"


def reference(resource: Mapping[str, Any]) -> Resource:
    """To a resource of the same bundle."""
    return {"reference": full_url(resource), "type": resource["resourceType"]}


def words(text: str) -> str:
    """FHIR's strings hold no white space but blanks and ends of lines, no-break spaces included."""
    return " ".join(text.split())


def concept(code: str, text: str, system: str = OWN_SYSTEM) -> Resource:
    """A code of ours with its words, unless another system is named."""
    own = code_of(code) if system == OWN_SYSTEM else code
    return {"coding": [{"system": system, "code": own}], "text": words(text)}


def quantity(value: float, unit: str) -> Resource:
    """unit: a key of ``UNITS``."""
    name, code = UNITS[unit]
    return {"value": value, "unit": name, "system": UCUM, "code": code}


def confidence(ends: Sequence[float], unit: str) -> Resource:
    """The extension that states a 95 % interval."""
    low, high = ends
    return {"url": CONFIDENCE_EXTENSION, "valueRange": {"low": quantity(low, unit), "high": quantity(high, unit)}}


def narrative(*paragraphs: str) -> Resource:
    """What a person reads of a resource: paragraphs of text, escaped. Empty ones are left out."""
    inner = "".join(f"<p>{escape(words(text)).translate(_NO_XML)}</p>" for text in paragraphs if text)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'}


def percent(share: float, digits: int) -> float:
    """Of a share 0..1 that is rounded to so many digits, without what binary fractions add."""
    return round(100 * share, max(digits - 2, 0))
