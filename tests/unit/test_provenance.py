"""Facts keep their meaning on the way to text and back, and each rule about them stands in one place."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from scoliogait.errors import DataError
from scoliogait.fact_text import NOT_STATED
from scoliogait.provenance import (
    OTHER_PARTITION,
    PROXY,
    SIMULATED_STATEMENT,
    SIMULATED_WALKS,
    START_UNKNOWN,
    TEST_GUIDED_FIGURES,
    TEST_GUIDED_STATEMENT,
    TRAINING_WALKS,
    UNKNOWN_ORIGIN_STATEMENT,
    VALIDATION_WALKS,
    DataFacts,
    ModelFacts,
    OpeningFacts,
    ResultFacts,
    Selection,
    is_simulated,
    model_statements,
    name_of_data,
    partition_words,
    walk_origin,
)
from scoliogait.seen_facts import (
    SEEN_BEFORE,
    SEEN_BY_NAME,
    SEEN_BY_NONE,
    SEEN_MORE_UNKNOWN,
    SEEN_UNKNOWN,
    SeenFacts,
)

TRAINING = DataFacts("cohort", "simulated", "5" * 64, "118", "a" * 64)
MODEL = ModelFacts("run", "d" * 64, "skeleton maps", DataFacts("cohort", "unknown", "5" * 64, "118", "a" * 64))
# What 0.1.0 wrote beside its validation predictions: fewer facts than today.
OLD = {"subset": "validation", "selection": "validation", "device": "cpu", "model_digest": "d" * 64, "data": "cohort"}
OLD |= {"store_digest": "5" * 64, "partition": "partition", "simulated": "yes"}


def model(**changed: object) -> ModelFacts:
    return ModelFacts(**{**vars(MODEL), **changed})  # type: ignore[arg-type]


def data(**changed: object) -> DataFacts:
    return DataFacts(**{**vars(TRAINING), **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "facts",
    [
        ResultFacts(),
        ResultFacts(data(subset="validation"), model(selection=Selection.VALIDATION), device="cuda"),
        ResultFacts(data(subset="test", proxy=True), model(started_from="x", start_saw=3), OpeningFacts("t", 12, 1)),
        ResultFacts(data(subset="test"), model(), OpeningFacts("t", 1, 1), "cpu", SeenFacts(61, 120, False, 3)),
        ResultFacts(data(origin="recorded"), model(started_from="x"), None, "cpu"),
    ],
)
def test_facts_survive_text(facts: ResultFacts) -> None:
    text = json.loads(json.dumps(facts.to_text()))
    assert all(isinstance(value, str) for value in text.values())
    assert ResultFacts.from_text(text) == facts


def test_what_an_older_file_lacks_is_not_stated() -> None:
    facts = ResultFacts.from_text(OLD)
    assert facts.data.partition_sha256 == facts.model.name == NOT_STATED
    assert facts.model.trained_on == DataFacts()
    assert facts.opening is None
    assert facts.statements == (SIMULATED_WALKS,)


def test_the_model_of_the_package_states_its_facts() -> None:
    config = json.loads((files("scoliogait") / "builtin" / "demo" / "config.json").read_text(encoding="utf-8"))
    facts = ModelFacts.from_provenance(config["provenance"], "demo", config["digest"], "maps")
    assert (facts.selection, facts.trained_on.origin, facts.trained_on.name) == ("validation", "simulated", "cohort")


@pytest.mark.parametrize(
    ("said", "origin"),
    [("yes", "simulated"), ("no", "recorded"), ("True", "simulated"), (False, "recorded"), (None, "unknown")],
)
def test_one_rule_for_simulated(said: object, origin: str) -> None:
    assert walk_origin({"simulated": said}) == DataFacts.from_text({"simulated": said}).origin == origin
    assert is_simulated({"simulated": said}) == (origin == "simulated")
    assert walk_origin({}) == "unknown"


@pytest.mark.parametrize(
    ("fact", "message"),
    [
        ({"simulated": "maybe"}, "simulated is 'maybe'; expected yes or no"),
        ({"proxy": "1"}, "proxy is '1'; expected yes or no"),
        ({"test_openings": "two"}, "test_openings is 'two'; expected a number"),
        ({"test_openings": "2"}, "test_openings_by_model is 'not stated'; expected a number"),
        ({"started_from": "x", "start_test_walks_seen": "-1"}, "start_test_walks_seen is '-1'"),
    ],
)
def test_facts_that_say_nothing_are_refused(fact: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        ResultFacts.from_text(OLD | fact)


@pytest.mark.parametrize(
    ("text", "selection"),
    [
        ("validation", Selection.VALIDATION),
        ("Test-guided ", Selection.TEST_GUIDED),
        ("Not stated by the file; its name holds a score", Selection.NOT_STATED),
        ("not recorded", Selection.NOT_STATED),
        (None, Selection.NOT_STATED),
    ],
)
def test_one_word_for_each_selection(text: str | None, selection: Selection) -> None:
    assert Selection.of({"selection": text}) is selection


def test_data_is_called_by_its_own_name_or_its_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cohort"
    folder.mkdir()
    assert name_of_data({"name": "drawn"}, folder) == "drawn"
    assert name_of_data({"name": ""}, folder) == name_of_data({}, folder / ".." / "cohort") == "cohort"
    monkeypatch.chdir(folder)
    assert name_of_data({}, Path()) == "cohort"
    assert name_of_data({}, Path("/")) != ""


def test_a_partition_in_a_sentence() -> None:
    assert (partition_words("118"), partition_words("partition")) == ("partition 118", "the store's own partition")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (ResultFacts(data(subset="train"), MODEL), (SIMULATED_WALKS, TRAINING_WALKS)),
        (ResultFacts(data(subset="validation"), MODEL), (SIMULATED_WALKS,)),
        (
            ResultFacts(data(subset="validation"), model(selection=Selection.VALIDATION)),
            (SIMULATED_WALKS, VALIDATION_WALKS),
        ),
        (
            ResultFacts(data(subset="test", partition="112", partition_sha256="b" * 64), MODEL),
            (SIMULATED_WALKS, OTHER_PARTITION.format(model_partition="118")),
        ),
        (
            ResultFacts(data(origin="recorded", subset="test", proxy=True, store_digest="6"), MODEL),
            (SEEN_UNKNOWN, PROXY),
        ),
        (
            ResultFacts(data(subset="test"), MODEL, seen=SeenFacts(0, 9, True)),
            (SEEN_BY_NONE.format(n_walks=9), SIMULATED_WALKS),
        ),
        (
            # What was compared walk by walk is not put in doubt because of the partition or the start.
            ResultFacts(
                data(subset="test", partition="112", partition_sha256="b" * 64),
                model(started_from="x"),
                seen=SeenFacts(3, 9, True, 2),
            ),
            (SEEN_BEFORE.format(n_seen=3, n_walks=9), SEEN_BY_NAME.format(n=2), SIMULATED_WALKS),
        ),
        (
            ResultFacts(data(subset="test", store_digest="6"), MODEL, seen=SeenFacts(3, 9, False)),
            (SEEN_BEFORE.format(n_seen=3, n_walks=9), SEEN_MORE_UNKNOWN, SIMULATED_WALKS),
        ),
        (
            ResultFacts(data(subset="test"), model(selection=Selection.TEST_GUIDED, started_from="x")),
            (SIMULATED_WALKS, TEST_GUIDED_FIGURES, START_UNKNOWN.format(started_from="x")),
        ),
    ],
)
def test_statements_follow_from_the_facts(facts: ResultFacts, said: tuple[str, ...]) -> None:
    assert facts.statements == said


def test_what_a_model_must_say_of_itself() -> None:
    assert model_statements("recorded", Selection.LAST) == ()
    assert model_statements("simulated", Selection.NOT_STATED) == (SIMULATED_STATEMENT,)
    assert model_statements("unknown", Selection.TEST_GUIDED) == (UNKNOWN_ORIGIN_STATEMENT, TEST_GUIDED_STATEMENT)
