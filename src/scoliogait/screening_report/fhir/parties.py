"""Who and what took part: the person by a code, the software with its model, the model's card."""

from __future__ import annotations

import base64
import hashlib

from scoliogait.screening_report.content import Report
from scoliogait.screening_report.fhir.codes import (
    AI_DEVICES,
    AI_INPUTS,
    CARD_EXTENSION,
    KIND_EXTENSION,
    PERSON_SYSTEM,
    URI_SYSTEM,
)
from scoliogait.screening_report.fhir.values import Resource, identified, narrative, reference, words
from scoliogait.screening_report.texts import Texts

ARTIFICIAL = {
    "coding": [
        {
            "system": AI_DEVICES,
            "code": "Artificial-Intelligence",
            "display": "All kinds of Artificial Intelligence",
        }
    ]
}
_DEEP = {"coding": [{"system": AI_DEVICES, "code": "Deep-Learning-Models", "display": "Deep Learning Models"}]}
_CARD = {"coding": [{"system": AI_INPUTS, "code": "AIModelCard", "display": "AI Model-Card"}]}
_MARKDOWN = {"coding": [{"system": AI_INPUTS, "code": "AIModelCardMarkdownFormat", "display": "Markdown Format"}]}


def patient(report: Report, texts: Texts) -> Resource | None:
    """With nothing but the code; None where no code was given."""
    if report.person_code is None:
        return None
    return identified(
        {
            "resourceType": "Patient",
            "language": texts.tag,
            "text": narrative(report.person_code),
            "identifier": [{"system": PERSON_SYSTEM, "value": words(report.person_code)}],
        }
    )


def subject(person: Resource | None, texts: Texts) -> Resource:
    """Who was recorded; in words where nobody is named."""
    return reference(person) if person is not None else {"display": words(texts("fhir.subject"))}


def card_document(report: Report, card: str | None, texts: Texts) -> Resource | None:
    """card: Markdown. None where the result has no model, or no card was given."""
    if card is None or report.model is None:
        return None
    content = card.encode("utf-8")
    title = words(texts("fhir.card", name=report.model.name))
    return identified(
        {
            "resourceType": "DocumentReference",
            "language": texts.tag,
            "text": narrative(title),
            "identifier": [_hash(hashlib.sha256(content).hexdigest())],
            "status": "current",
            "type": _CARD,
            "category": [_MARKDOWN],
            "description": title,
            "content": [
                {
                    "attachment": {
                        "contentType": "text/markdown",
                        "data": base64.b64encode(content).decode("ascii"),
                        "title": "model-card.md",
                    }
                }
            ],
        }
    )


def device(report: Report, card: Resource | None, texts: Texts) -> Resource:
    """The software, and the model where the result has one."""
    model, version = report.model, report.record.scoliogait_version
    names = [{"name": "scoliogait", "type": "user-friendly-name"}]
    versions = [{"type": {"text": "software"}, "value": words(version)}]
    resource: Resource = {
        "resourceType": "Device",
        "language": texts.tag,
        "text": narrative(f"scoliogait {version}", model.name if model else "", texts("footer.research")),
    }
    if model is not None:
        resource["extension"] = [{"url": KIND_EXTENSION, "valueCodeableConcept": _DEEP}]
        if card is not None:
            resource["extension"].append({"url": CARD_EXTENSION, "valueReference": reference(card)})
        resource["identifier"] = [_hash(model.digest)]
        names.append({"name": words(model.name), "type": "model-name"})
        versions.append({"type": {"text": "model sha256"}, "value": model.digest})
    resource |= {"deviceName": names, "manufacturer": "The scoliogait developers", "type": ARTIFICIAL}
    notes = [texts("footer.research")]
    if model is not None and texts(f"banner.{model.training_walks}"):
        notes.append(texts(f"banner.{model.training_walks}"))
    return identified(resource | {"version": versions, "note": [{"text": words(text)} for text in notes]})


def source(sha256: str) -> Resource:
    """A recording, by its checksum alone."""
    return {"role": "source", "what": {"identifier": _hash(sha256)}}


def _hash(sha256: str) -> Resource:
    return {"system": URI_SYSTEM, "value": f"urn:hash::sha256:{sha256}"}
