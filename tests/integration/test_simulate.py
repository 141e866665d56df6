"""`scoliogait simulate`: a small cohort on disk, the same from any number of processes, and its check."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from scoliogait.cli import app
from scoliogait.data.partition import read_partition
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.simulation.ceiling import balanced_accuracy_from_truth
from scoliogait.simulation.cohort_store import write_cohort
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.traits import TRAIT_NAMES
from scoliogait.simulation.truth import read_truth, write_truth
from scoliogait.survey.cohort_check import PublishedComparison, check_cohort, markdown_table

SMALL = CohortConfig(n_walks=24, n_frames=16, seed=4)
FILES = ("walks.parquet", "store.json", "poses.npy", "silhouettes.npy", "partition.json", "truth.parquet")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulate") / "small"
    write_cohort(SMALL, folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def medium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A third of the walks of the real data, half of their frames."""
    folder = tmp_path_factory.mktemp("simulate") / "medium"
    write_cohort(CohortConfig(n_walks=500, n_frames=150, silhouettes=False), folder, ratio="half", workers=2)
    return folder


@pytest.fixture(scope="module")
def comparison(medium: Path) -> list[PublishedComparison]:
    return check_cohort(medium)


def test_two_processes_write_the_same_bytes_as_one(small: Path, tmp_path: Path) -> None:
    write_cohort(SMALL, tmp_path / "again", workers=2)
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (small / name).read_bytes(), name


def test_another_seed_gives_other_walks(small: Path, tmp_path: Path) -> None:
    other = write_cohort(SMALL.model_copy(update={"seed": 5}), tmp_path / "other", workers=1)
    assert not np.array_equal(other.frames("poses", 0), WalkStore.open(small).frames("poses", 0))


def test_cohort_is_a_store_with_partition_and_truth(small: Path) -> None:
    store, truth = WalkStore.open(small), read_truth(small / "truth.parquet")
    store.verify()
    assert store.origin["simulated"] == "yes"
    assert CohortConfig.model_validate_json(store.origin["settings"]) == SMALL
    assert store.modalities == {"poses", "silhouettes"}
    assert [row["walk_id"] for row in truth] == list(store.walk_ids)
    assert set(TRAIT_NAMES) | {"cobb_deg", "side", "level", "class"} <= set(truth[0])
    for row, label in zip(truth, store.labels, strict=True):
        assert SMALL.cobb.class_of(row["cobb_deg"]) == label
    published_form = json.loads((small / "partition.json").read_text())
    assert set(published_form) >= {"TRAIN_SET", "TEST_SET"}
    partition = read_partition(small / "partition.json")
    people = dict(zip(store.walk_ids, store.subject_ids, strict=True))
    assert set(partition.train) | set(partition.test) == set(store.walk_ids)
    assert not {people[w] for w in partition.train} & {people[w] for w in partition.test}


def test_command_writes_prints_and_refuses_to_replace(tmp_path: Path) -> None:
    arguments = ["simulate", "--walks", "8", "--frames", "5", "--subjects", "8", "--workers", "1"]
    out = ["--out", str(tmp_path / "cohort")]
    result = CliRunner().invoke(app, [*arguments, *out])
    assert result.exit_code == 0, result.output
    assert "8 walks of 8 simulated people" in " ".join(result.output.split())
    with pytest.raises(DataError, match="--overwrite"):
        CliRunner().invoke(app, [*arguments, *out], catch_exceptions=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(DataError, match="is not a store"):
        CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "mine"), "--overwrite"], catch_exceptions=False)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["simulate"], "--out is missing"),
        (["simulate", "--out", "x", "--walks", "8", "--subjects", "9"], "cannot share 8 walks"),
        (["simulate", "--out", "x", "--ratio", "113"], "ratio '113'"),
    ],
)
def test_contradicting_options_are_refused(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=message):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert not any(tmp_path.iterdir())


# Ranges for a third of the walks and half of the frames, where sampling errors are larger and slow jitter is cut off.
_SMALL_COHORT = {
    "linear probe on the PAV, macro recall, %": (38.0, 62.0),
    "strong classifier on the true parameters, balanced accuracy, %": (80.0, 94.0),
    "PAV gap from negative to neutral": (0.005, 0.075),
    "PAV gap from neutral to positive": (-0.025, 0.045),
    "jitter of the support's width, px": (1.5, 2.8),
    "jitter of the support's centre x, px": (0.65, 1.1),
}


@pytest.mark.slow
def test_third_sized_cohort_is_near_the_published_statistics(comparison: list[PublishedComparison]) -> None:
    rows = comparison
    assert {row.quantity for row in rows} >= set(_SMALL_COHORT)
    for row in rows:
        low, high = _SMALL_COHORT.get(row.quantity, (row.low, row.high))
        assert low <= row.simulated <= high, row
    positive, negative = (
        next(r.simulated for r in rows if r.quantity == f"mean normalised PAV, {name}")
        for name in ("positive", "negative")
    )
    assert positive > negative + 0.02


@pytest.mark.slow
def test_truth_beside_shuffled_classes_tells_nothing(medium: Path) -> None:
    rows = read_truth(medium / "truth.parquet")
    people = sorted({row["subject_id"] for row in rows})
    class_of = {row["subject_id"]: row["class"] for row in rows}
    shuffled = dict(zip(people, np.random.default_rng(0).permutation([class_of[p] for p in people]), strict=True))
    blind = [row | {"class": str(shuffled[row["subject_id"]])} for row in rows]
    assert balanced_accuracy_from_truth(blind) == pytest.approx(1 / 3, abs=0.08)


def test_check_reports_what_is_missed() -> None:
    met, missed = PublishedComparison("a", "1", 1.0, 0.9, 1.1, 1), PublishedComparison("b", "1", 1.2, 0.9, 1.1, 1)
    assert met.met
    assert not missed.met
    table = markdown_table([met, missed]).splitlines()
    assert table[2] == "| a | 1 | 1.0 | 0.9 to 1.1 | met |"
    assert table[3].endswith("| MISSED |")


@pytest.mark.slow
def test_documented_table_has_every_quantity_and_every_verdict_is_met(comparison: list[PublishedComparison]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "studies" / "simulated-cohort-check.md").read_text(encoding="utf-8")
    for row in comparison:
        (line,) = [text for text in page.splitlines() if text.startswith(f"| {row.quantity} |")]
        assert line.endswith("| met |")


def test_truth_table_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "truth.parquet").write_bytes(b"not a table")
    with pytest.raises(DataError, match=r"truth\.parquet"):
        read_truth(tmp_path / "truth.parquet")
    write_truth(tmp_path / "truth.parquet", [{"walk_id": "w1", "cobb_deg": 3.0}])
    assert read_truth(tmp_path / "truth.parquet") == [{"walk_id": "w1", "cobb_deg": 3.0}]
