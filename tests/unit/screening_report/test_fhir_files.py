"""The bundle among the files of a report: beside the page, and inside the PDF, with the card of the model asked."""

import base64
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

import scoliogait as sg
from bundles import untrained_bundle
from fhir_checks import problems, refused_by
from scoliogait.errors import DataError
from scoliogait.results.card import whole_card
from scoliogait.screening_report.fhir.bundle import fhir_json
from scoliogait.screening_report.outputs import write_report
from screening_reports import screened_report, simulated_report


def test_beside_the_page_and_inside_the_pdf(tmp_path: Path) -> None:
    written = write_report(screened_report(), tmp_path, "K-1", card="# Card\n")
    text = fhir_json(screened_report(), "# Card\n")
    assert (tmp_path / "K-1.fhir.json").read_text(encoding="utf-8") == text
    assert tmp_path / "K-1.fhir.json" in written.paths
    inside = PdfReader(io.BytesIO((tmp_path / "K-1.pdf").read_bytes())).attachments["report.fhir.json"][0]
    assert inside.decode("utf-8") == text
    assert all(path.stat().st_size < 150_000 for path in written.paths)


def test_a_file_that_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "K-1.fhir.json").write_text("mine")
    with pytest.raises(DataError, match=r"K-1\.fhir\.json"):
        write_report(screened_report(), tmp_path, "K-1", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["K-1.fhir.json"]


def test_an_older_report_is_replaced_when_asked(tmp_path: Path) -> None:
    write_report(screened_report(), tmp_path, "K-1")
    write_report(simulated_report(), tmp_path, "K-1", overwrite=True)
    assert (tmp_path / "K-1.fhir.json").read_text(encoding="utf-8") == fhir_json(simulated_report())


@pytest.mark.parametrize("name", ["intel_worker_back", "sports2d_woman_side"])
def test_of_a_real_recording(tmp_path: Path, name: str) -> None:
    facts = sg.ReportFacts(made_at=datetime(2026, 11, 29, tzinfo=UTC))
    (outcome,) = sg.write_reports([sg.sample_path(name)], tmp_path, facts)
    assert outcome.error is None
    bundle = json.loads((tmp_path / f"{name}.fhir.json").read_text(encoding="utf-8"))
    assert problems(bundle) == []
    assert refused_by(bundle) == set()
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert "RiskAssessment" not in kinds
    assert ("Observation" in kinds) == (name == "intel_worker_back")
    card = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "DocumentReference")
    assert base64.b64decode(card["content"][0]["attachment"]["data"]).decode() == whole_card(
        "builtin:pose-set", with_checklists=False
    )


def test_a_model_whose_card_cannot_be_written_is_refused_before_any_walk_is_read(tmp_path: Path) -> None:
    bundle = untrained_bundle(tmp_path / "run" / "model")
    (tmp_path / "run" / "test").mkdir()
    (tmp_path / "run" / "test" / "metrics.json").write_text("[]")
    with pytest.raises(DataError, match=r"metrics\.json: is no result of an evaluation"):
        sg.write_reports([tmp_path / "never-read.npz"], tmp_path / "reports", model=bundle)
    assert list(tmp_path.glob("reports/*")) == []
