"""`data split` and the hazards in `data check`, as they are typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from released_ids import class_of_id, released_label_table
from scoliogait.cli import app
from scoliogait.data.partition import Partition, read_partition, write_partition
from scoliogait.data.store import write_store
from scoliogait.errors import DataError
from scoliogait.labels import ScreeningClass
from scoliogait.walk import Walk
from training_fixtures import tiny_store
from trees import noisy_poses


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    (tmp_path / "labels.csv").write_text(released_label_table())
    return tmp_path / "labels.csv"


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["data", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def refusal(*arguments: object) -> str:
    with pytest.raises(DataError) as caught:
        run(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_fixed_pool_of_118(tmp_path: Path, labels: Path) -> None:
    name = "118_fixedpool_train112"
    printed = run("split", labels, "--from", 118, "--train-ratio", "1:1:2", "--name", name, "--out", tmp_path)
    made = read_partition(tmp_path / f"{name}.json")
    assert made.name == name
    assert sorted(map(class_of_id, made.train)) == [0] * 148 + [1] * 74 + [2] * 74
    assert made.test == read_partition("118").test
    assert "unknown for 1493 of 1493 walks" in printed
    assert max(map(len, printed.splitlines()[:-2])) <= 80  # paths, and the next command, are not broken
    assert "exists" in refusal("split", labels, "--from", 118, "--train-ratio", "1:1:2", "--out", tmp_path)
    run("split", labels, "--from", 118, "--train-ratio", "1:1:2", "--out", tmp_path, "--overwrite")


@pytest.mark.slow
def test_every_rule_writes_its_files(tmp_path: Path, labels: Path) -> None:
    run("split", labels, "--ratio", "1:1:8", "--validation", 0.15, "--out", tmp_path / "P.json")
    made = read_partition(tmp_path / "P.json")
    assert (len(made.train) + len(made.validation), len(made.test)) == (744, 749)
    run("split", labels, "--from", 118, "--validation", 0.1, "--out", tmp_path)
    assert read_partition(tmp_path / "118_validation.json").test == read_partition("118").test
    run("split", labels, "--from", 118, "--folds", 5, "--out", tmp_path / "folds")
    assert len(list((tmp_path / "folds").glob("118_fold?of5.json"))) == 5
    run("split", labels, "--from", 118, "--proxy", 60, "--out", tmp_path)
    assert read_partition(tmp_path / "118_proxy60.json").is_proxy
    run("split", labels, "--from", 112, "--from", 118, "--common-test", "--out", tmp_path)
    assert len({read_partition(tmp_path / f"{name}_commontest.json").test for name in ("112", "118")}) == 1
    run("split", labels, "--ratio", "1:1:2", "--ratio", "1:1:16", "--test-share", 0.25, "--out", tmp_path)
    assert {path.stem for path in tmp_path.glob("study_*.json")} == {"study_train112", "study_train1116"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "give one of --ratio"),
        (["--folds", "3", "--proxy", "60"], "give one of --ratio"),
        (["--from", "118"], "nothing to change"),
        (["--train-ratio", "1:1:2"], "name it with --from"),
        (["--from", "118", "--ratio", "1:1:2"], "draws a new test set"),
        (["--from", "118", "--from", "112", "--folds", "3"], "only with --common-test"),
        (["--ratio", "1:1:2", "--test-share", "0.3"], "only for --ratio given several times"),
        (["--proxy", "60", "--name", "quick"], "must say so"),
        (["--folds", "3", "--out", "x.json"], "3 partitions are made"),
        (["--ratio", "1:1:2", "--name", "b", "--out", "a.json"], "named after its file"),
        (["--ratio", "1:1:2", "--name", "a/b", "--out", "a.json"], "without folders"),
        (["--ratio", "1:1:2", "--name", "a/b"], "without folders"),
        (["--ratio", "1:1:2", "--name", ".."], "without folders"),
        (["--ratio", "1:1:2", "--name", ""], "without folders"),
    ],
)
def test_options_that_mean_nothing_are_refused(tmp_path: Path, labels: Path, options: list[str], words: str) -> None:
    assert words in refusal("split", labels, "--out", tmp_path / "out", *options)
    assert not (tmp_path / "out").exists()


def test_the_hazards_of_a_published_partition(labels: Path) -> None:
    printed = run("check", labels, "--partition", 112)
    words = " ".join(printed.replace("│", " ").split())
    for expected in (
        "370 of the 748 test walks train 118",
        "100.0 % of all 1493 walks",
        "12 right of them is a recall of 60.1 % to 96.0 %",
        "nothing to mend, but 7 serious hazards of the partition",
    ):
        assert expected in words
    assert max(map(len, printed.splitlines())) <= 80
    assert "cannot be judged without the walks" in " ".join(run("check", "--partition", 118).replace("│", "").split())


def test_hazards_as_json(labels: Path) -> None:
    report = json.loads(run("check", labels, "--partition", 118, "--against", 112, "--json"))
    assert report["problems"] == []
    assert report["partition"]["classes"]["train"] == {"negative": 596, "neutral": 74, "positive": 74}
    (overlap,) = [hazard for hazard in report["hazards"] if hazard["kind"] == "overlap"]
    assert overlap["numbers"]["n_test_seen_by_other"] == 371


def test_a_store_and_its_partition(tmp_path: Path) -> None:
    walks = [Walk(walk_id=f"w{n:02d}", poses=noisy_poses(n, 30), label=ScreeningClass(n % 3)) for n in range(24)]
    store = write_store(tmp_path / "store", walks, {"simulated": "yes"})
    write_partition(store.path / "partition.json", Partition("drawn", store.walk_ids[:18], store.walk_ids[18:]))
    report = json.loads(run("check", store.path, "--partition", store.path / "partition.json", "--json"))
    assert report["partition"]["simulated"] is True
    assert report["partition"]["walks"] == {"train": 18, "test": 6}
    run("split", store.path, "--proxy", 12, "--out", tmp_path / "tiny_proxy.json")
    # A partition that leaves walks out on purpose says so itself.
    run("check", store.path, "--partition", tmp_path / "tiny_proxy.json")


def test_broken_partitions_end_with_code_2(tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store")
    ids = store.walk_ids
    write_partition(tmp_path / "p.json", Partition("p", ids[:12], (*ids[12:], "nobody")))
    report = json.loads(run("check", store.path, "--partition", tmp_path / "p.json", "--json", code=2))
    assert report["hazards"][0]["kind"] == "unknown-ids"
    (tmp_path / "q.json").write_text(json.dumps({"TRAIN_SET": ["a", "a"], "TEST_SET": ["b"]}))
    assert "a listed more than once" in refusal("check", store.path, "--partition", tmp_path / "q.json")


def test_checks_of_nothing_are_refused(tmp_path: Path, labels: Path) -> None:
    assert "without walks only a partition can be checked" in refusal("check")
    assert "without walks only a partition can be checked" in refusal("check", labels)
    assert "add --partition" in refusal("check", labels, "--against", 112)
    assert "is no folder" in refusal("check", tmp_path / "nowhere")
