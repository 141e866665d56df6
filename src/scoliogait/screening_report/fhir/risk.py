"""The classes' probabilities as a RiskAssessment: percentages, because R4 wants them; AIconfidence holds the intervals.

``probabilityDecimal`` of 0.66 would read as 0.66 %. There is no agreed cut for R4's words of risk, so none is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scoliogait.screening_report.content import Probability, Report
from scoliogait.screening_report.fhir.codes import ASSERTED_BY_AI
from scoliogait.screening_report.fhir.observations import Setting, answers_for_people
from scoliogait.screening_report.fhir.values import (
    Resource,
    concept,
    confidence,
    identified,
    narrative,
    percent,
    reference,
    words,
)
from scoliogait.screening_report.rounding import PROBABILITY_DIGITS, PROBABILITY_INTERVAL_DIGITS
from scoliogait.screening_report.spelling import plain
from scoliogait.screening_report.texts import Texts

# Why the answer of a model says nothing of a person.
_NO_ANSWER = {"simulated": "fhir.no_risk.simulated", "unknown": "fhir.no_risk.unknown"}


def risk_assessment(setting: Setting, basis: Sequence[Resource]) -> Resource | None:
    """None where the model's answer says nothing of a person; ``why_no_risk`` says so in words."""
    report, texts = setting.report, setting.texts
    if why_no_risk(report, texts) is not None:
        return None
    predictions = [_prediction(one, report, texts) for one in report.probabilities]
    told = "; ".join(
        f"{texts(f'examiner.{one.name}')} {plain(percent(one.value, PROBABILITY_DIGITS))} %"
        for one in report.probabilities
    )
    resource: Resource = {
        "resourceType": "RiskAssessment",
        "language": texts.tag,
        "meta": {"security": [ASSERTED_BY_AI]},
        "text": narrative(told, *_notes(report, texts)),
        "status": "preliminary",
        "method": {"text": words(texts("fhir.risk_method"))},
        "subject": setting.subject,
    }
    if report.walk_date is not None:
        resource["occurrenceDateTime"] = report.walk_date.isoformat()
    resource["performer"] = reference(setting.device)
    if basis:
        resource["basis"] = [reference(one) for one in basis]
    resource |= {"prediction": predictions, "mitigation": words(texts("fhir.mitigation"))}
    if _notes(report, texts):
        resource["note"] = [{"text": words(text)} for text in _notes(report, texts)]
    return identified(resource)


def why_no_risk(report: Report, texts: Texts) -> str | None:
    """Why the bundle holds no RiskAssessment; None where it holds one."""
    if not report.result.has_answer:
        return texts("fhir.no_risk.not_usable")
    if report.model is None or not report.probabilities:
        return texts("fhir.no_risk.no_model")
    if not answers_for_people(report):
        return texts(_NO_ANSWER[report.model.training_walks])
    return None


def _prediction(one: Probability, report: Report, texts: Texts) -> Resource:
    prediction: dict[str, Any] = {}
    if one.interval is not None:
        ends = [percent(end, PROBABILITY_INTERVAL_DIGITS) for end in one.interval]
        prediction["extension"] = [confidence(ends, "share")]
    prediction["outcome"] = concept(one.name, texts(f"examiner.{one.name}"))
    prediction["probabilityDecimal"] = percent(one.value, PROBABILITY_DIGITS)
    if one.name == report.result.called:
        prediction["qualitativeRisk"] = {"text": words(texts(f"result.{one.name}"))}
    return prediction


def _notes(report: Report, texts: Texts) -> list[str]:
    """The recording's verdict beside the numbers, and from where on a class is called."""
    notes = []
    if report.result.state == "inconclusive":
        notes.append(f"{texts('result.inconclusive')}. {texts('result.said.inconclusive')}")
        notes += [reason.text for reason in report.result.reasons]
    if report.threshold is not None:
        value = plain(percent(report.threshold.value, PROBABILITY_DIGITS))
        notes.append(texts("fhir.threshold", threshold=value))
    return notes
