"""The bundle of a report: a collection of resources of FHIR R4 (4.0.1), the same bytes for the same report.

DiagnosticReport, Observations, RiskAssessment, Device, model card as DocumentReference, Provenance, and a Patient
where the person has a code. Nothing stands in it that the report does not say.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC

from scoliogait.screening_report.content import Report
from scoliogait.screening_report.fhir import parties
from scoliogait.screening_report.fhir.codes import (
    ASSERTED_BY_AI,
    PARTICIPANT_TYPE,
    REPORT_SYSTEM,
    RISK_EXTENSION,
    URI_SYSTEM,
)
from scoliogait.screening_report.fhir.observations import Setting, observations
from scoliogait.screening_report.fhir.risk import risk_assessment, why_no_risk
from scoliogait.screening_report.fhir.values import (
    Resource,
    concept,
    full_url,
    identified,
    narrative,
    reference,
    words,
)
from scoliogait.screening_report.texts import DEFAULT_LANGUAGE, Texts, texts_of


def fhir_json(report: Report, card: str | None = None, language: str = DEFAULT_LANGUAGE) -> str:
    """The text of the file, a resource a line. Arguments and what is raised as ``fhir_bundle``."""
    bundle = fhir_bundle(report, card, language)
    head = _compact(bundle | {"entry": []}).removesuffix("]}")
    return head + "\n" + ",\n".join(_compact(entry) for entry in bundle["entry"]) + "\n]}\n"


def _compact(value: Resource) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def fhir_bundle(report: Report, card: str | None = None, language: str = DEFAULT_LANGUAGE) -> Resource:
    """The bundle as plain values.

    card: of the model, Markdown; None leaves its DocumentReference out. A recording without an answer has no
    Observation and no RiskAssessment, and its DiagnosticReport is ``cancelled`` and says why. A model that did not
    learn from recorded walks has no RiskAssessment, and the conclusion says why. Raises DataError for a language that
    there are no texts of.
    """
    texts = texts_of(language)
    person = parties.patient(report, texts)
    document = parties.card_document(report, card, texts)
    device = parties.device(report, document, texts)
    setting = Setting(report, texts, parties.subject(person, texts), device)
    observed = observations(setting)
    risk = risk_assessment(setting, observed)
    main = _diagnostic_report(setting, observed, risk)
    asserted = [one for one in (main, *observed, risk) if one is not None]
    provenance = _provenance(report, texts, asserted, device, document)
    resources = [one for one in (main, person, *observed, risk, device, document, provenance) if one is not None]
    return _bundle(report, texts, resources)


def _bundle(report: Report, texts: Texts, resources: Sequence[Resource]) -> Resource:
    entries = [{"fullUrl": full_url(resource), "resource": resource} for resource in resources]
    bundle = identified({"resourceType": "Bundle", "language": texts.tag, "type": "collection", "entry": entries})
    identifier = {"system": URI_SYSTEM, "value": uuid.UUID(bundle["id"]).urn}
    head = {key: bundle[key] for key in ("resourceType", "id", "language")}
    return head | {"identifier": identifier, "type": "collection", "timestamp": _made(report), "entry": entries}


def _made(report: Report) -> str:
    """As an instant of FHIR, whose zones do not reach as far as those of clocks: in UTC."""
    return report.made_at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _diagnostic_report(setting: Setting, observed: Sequence[Resource], risk: Resource | None) -> Resource:
    report, texts = setting.report, setting.texts
    outcome = _outcome(report)
    conclusion = _conclusion(report, texts, outcome)
    resource: Resource = {
        "resourceType": "DiagnosticReport",
        "language": texts.tag,
        "meta": {"security": [ASSERTED_BY_AI]},
        "text": narrative(texts("title"), *conclusion, texts("footer.research")),
    }
    if risk is not None:
        resource["extension"] = [{"url": RISK_EXTENSION, "valueReference": reference(risk)}]
    resource |= {
        "identifier": [{"system": REPORT_SYSTEM, "value": report.record.code}],
        # No person has confirmed a result; one that was not usable or unreadable has none.
        "status": "preliminary" if report.result.has_answer else "cancelled",
        "code": concept("walk-screening", texts("fhir.code")),
        "subject": setting.subject,
    }
    if report.walk_date is not None:
        resource["effectiveDateTime"] = report.walk_date.isoformat()
    resource["issued"] = _made(report)
    if observed:
        resource["result"] = [reference(one) for one in observed]
    resource["conclusion"] = words(" ".join(conclusion))
    resource["conclusionCode"] = [concept(outcome, texts(f"result.{outcome}"))]
    return identified(resource)


def _outcome(report: Report) -> str:
    """In the words of the catalogue: a class only where the report calls one."""
    if report.result.state != "screened":
        return report.result.state
    return report.result.called or "measurements"


def _conclusion(report: Report, texts: Texts, outcome: str) -> list[str]:
    lines = [f"{texts(f'result.{outcome}')}. {texts(f'result.said.{outcome}')}"]
    lines += [reason.text if reason.text.endswith(".") else f"{reason.text}." for reason in report.result.reasons]
    lines += list(dict.fromkeys(report.statements))
    missing = why_no_risk(report, texts)
    lines += [] if missing is None else [missing]
    return [*lines, *(texts(f"todo.{advice}") for advice in report.result.advice)]


def _provenance(
    report: Report, texts: Texts, targets: Sequence[Resource], device: Resource, document: Resource | None
) -> Resource:
    entities = [] if document is None else [{"role": "derivation", "what": reference(document)}]
    entities += [parties.source(sha256) for sha256 in report.record.recordings]
    resource: Resource = {
        "resourceType": "Provenance",
        "language": texts.tag,
        "text": narrative(texts("fhir.made", version=report.record.scoliogait_version)),
        "target": [reference(one) for one in targets],
        "recorded": _made(report),
        "reason": [{"coding": [ASSERTED_BY_AI]}],
        "agent": [
            {
                "type": {"coding": [{"system": PARTICIPANT_TYPE, "code": "assembler", "display": "Assembler"}]},
                "role": [parties.ARTIFICIAL],
                "who": reference(device),
            }
        ],
    }
    return identified(resource | ({"entity": entities} if entities else {}))
