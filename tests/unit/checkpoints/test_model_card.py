"""The card's head as Hugging Face reads it, and checklists that hold what files state and no more."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard

from bundles import untrained_bundle
from scoliogait.checkpoints.card_facts import FACTS, INTENDED_USE, card_facts
from scoliogait.checkpoints.checklists import CHECKLISTS, filled_checklists, read_checklist
from scoliogait.checkpoints.config_file import CONFIG
from scoliogait.checkpoints.hub_metadata import card_head
from scoliogait.checkpoints.model_card import model_card
from scoliogait.checkpoints.plain import plain_json
from scoliogait.errors import DataError
from scoliogait.files import read_json

PROVENANCE = {"data": "school", "store_digest": "abc", "partition": "118", "simulated": "no"}


def summary(accuracy: float | None, **facts: str) -> dict[str, Any]:
    interval = None if accuracy is None else [accuracy - 0.1, accuracy + 0.1]
    return {
        "facts": PROVENANCE | facts,
        "metrics": {
            "accuracy": {"value": accuracy, "interval": interval},
            "macro_f1": {"value": 0.5, "interval": None},
        },
    }


def a_test(test_set: str, accuracy: float, **more: Any) -> dict[str, Any]:
    figures = {"accuracy": {"value": accuracy, "interval": [accuracy - 0.1, accuracy + 0.1]}}
    counts = {"n_walks": 20, "n_openings": 2, "n_by_model": 1, "selection": "validation", "proxy": False}
    return PROVENANCE | counts | {"test_set": test_set, "metrics": figures} | more


def config(tmp_path: Path, **provenance: Any) -> dict[str, Any]:
    return read_json(untrained_bundle(tmp_path / "m", **provenance) / CONFIG)


def read_back(text: str) -> list[tuple[str, str | None, str | None, str, float]]:
    results = ModelCard(text).data.eval_results
    return [(r.dataset_name, r.dataset_split, r.dataset_revision, r.metric_type, r.metric_value) for r in results or ()]


def test_hugging_face_reads_back_every_figure_of_every_subset_and_site(tmp_path: Path) -> None:
    metrics = {"validation": summary(0.8), "fold 2": summary(0.6), "elsewhere": summary(None, data="site B")}
    tests = [a_test("t1", 0.7), a_test("t2", 0.65)]
    text = model_card(config(tmp_path, **PROVENANCE), metrics, "f" * 64, "maps", tests)
    assert read_back(text) == [
        ("school", "validation", "abc", "accuracy", 0.8),
        ("school", "validation", "abc", "macro_f1", 0.5),
        ("school", "fold 2", "abc", "accuracy", 0.6),
        ("school", "fold 2", "abc", "macro_f1", 0.5),
        ("site B", "elsewhere", "abc", "macro_f1", 0.5),
        ("school", "test", "t1", "accuracy", 0.7),
        ("school", "test", "t2", "accuracy", 0.65),
    ]


def test_what_hugging_face_writes_again_is_what_was_read(tmp_path: Path) -> None:
    """Its own writer gathers results that it takes for one: then some would have changed their name or place."""
    metrics = {"validation": summary(0.8), "site A": summary(0.7), "site B": summary(0.6)}
    text = model_card(config(tmp_path, **PROVENANCE), metrics, "f" * 64, "maps", [a_test("t1", 0.7)])
    card = ModelCard(text)
    again = ModelCard(f"---\n{card.data.to_yaml()}\n---\n")
    assert read_back(str(again)) == read_back(text)
    assert [r.metric_args for r in again.data.eval_results] == [r.metric_args for r in card.data.eval_results]


def test_figures_of_numpy_become_plain_floats() -> None:
    metrics = plain_json({"accuracy": np.float32(0.25), "n": np.int64(7)}, "metrics")
    head = yaml.safe_load(card_head("m", PROVENANCE, metrics))
    assert [m["value"] for m in head["model-index"][0]["results"][0]["metrics"]] == [0.25, 7.0]
    assert "numpy" not in card_head("m", PROVENANCE, metrics)


def test_a_test_whose_figures_are_stored_is_told_once() -> None:
    head = yaml.safe_load(card_head("m", PROVENANCE, {"test": summary(0.7, test_set="t1")}, [a_test("t1", 0.7)]))
    (result,) = head["model-index"][0]["results"]
    assert [m["type"] for m in result["metrics"]] == ["accuracy", "macro_f1"]


def test_results_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(DataError, match="two results of school, split test"):
        card_head("m", PROVENANCE, {}, [a_test("t1", 0.7), a_test("t1", 0.6)])


def test_a_model_without_results_has_no_index() -> None:
    assert yaml.safe_load(card_head("m", {}, {})) == {
        "library_name": "scoliogait",
        "tags": ["scoliosis", "gait", "screening"],
    }


@pytest.mark.parametrize("text", ["a: b", "- x", "'", '"', "# no", "{", "null", "2026-01-01", "王小明"])
def test_names_that_are_yaml_stay_names(tmp_path: Path, text: str) -> None:
    metrics = {"validation": summary(0.8, data=text, partition=text)}
    assert read_back(model_card(config(tmp_path), metrics, "f" * 64, "maps"))[0][0] == text


def test_the_checklists_ask_for_facts_that_exist_and_number_each_item_once() -> None:
    asked = {name: read_checklist(name) for name in CHECKLISTS}
    for checklist in asked.values():
        numbers = [item.number for item in checklist.items]
        assert len(numbers) == len(set(numbers))
        assert {fact for item in checklist.items for fact in item.facts} <= set(FACTS)
    # As the sources count them: 40 numbers with 8 further parts; 27 with 25; the fields of schema 0.2.
    assert {name: len(checklist.items) for name, checklist in asked.items()} == {
        "stard-ai": 48,
        "tripod-ai": 52,
        "chai": 41,
    }
    assert {fact for c in asked.values() for item in c.items for fact in item.facts} == set(FACTS)


def test_of_a_model_that_states_nothing_nothing_is_said(tmp_path: Path) -> None:
    facts = card_facts(config(tmp_path), {}, "f" * 64, "maps")
    assert set(facts) == {"identity", "intended_use", "input", "output", "cut_off", "statements"}
    assert "not recorded on which walks" in facts["statements"]
    stard = filled_checklists(facts)[0]
    assert stard.answers["34"] == INTENDED_USE
    assert "30" in stard.empty
    assert {"6", "16a", "17a", "22", "32", "38"} <= set(stard.empty)  # no file states these of any model


def test_a_card_names_its_empty_items(tmp_path: Path) -> None:
    facts = card_facts(config(tmp_path), {}, "f" * 64, "maps")
    text = model_card(config(tmp_path), {}, "f" * 64, "maps", checklists=filled_checklists(facts))
    assert "| 16a | What decides who has the condition? | **empty** |" in text
    for filled in filled_checklists(facts):
        assert f"Of {len(filled.answers)} items {len(filled.empty)} are empty:\n{', '.join(filled.empty)}." in text
        assert text.count("**empty**") >= len(filled.empty) > 0


def test_a_foreign_file_that_states_no_choice_of_its_checkpoint_answers_no_item(tmp_path: Path) -> None:
    foreign = config(tmp_path, data="Not stated by the file", selection="Not stated by the file; its name has a score")
    facts = card_facts(foreign, {}, "f" * 64, "maps")
    assert "selection" not in facts
    assert facts["training_data"] == "Training data: Not stated by the file."


def test_facts_of_another_shape_than_ours_are_left_out(tmp_path: Path) -> None:
    odd = config(tmp_path, counts=3, recipe="none", started_from=None, data="a | b\nc")
    facts = card_facts(odd, {"accuracy": 0.5}, "f" * 64, "maps")
    assert {"counts", "recipe", "balance", "start"}.isdisjoint(facts)
    text = model_card(odd, {"accuracy": 0.5}, "f" * 64, "maps", checklists=filled_checklists(facts))
    assert "| 11 | Where do the data come from? | Training data: a \\| b c. |" in text


def test_a_test_says_how_often_its_set_was_opened(tmp_path: Path) -> None:
    facts = card_facts(
        config(tmp_path, **PROVENANCE), {}, "f" * 64, "maps", [a_test("t", 0.7, data="other", store_digest="d")]
    )
    assert (
        facts["tests"] == "Test set of other, partition 118, 20 walks, opened 2 times: accuracy 0.700 (0.600 to 0.800)."
    )
    assert facts["test_data"] == "Tested on other, other data than it was trained on."
