"""The model that comes with the package says what it is and screens a real walk."""

import pytest

import scoliogait as sg
from scoliogait.samples import sample_paths


@pytest.fixture(scope="module")
def screener() -> sg.Screener:
    return sg.load_model("builtin:demo")


def test_it_is_marked_as_trained_on_simulated_walkers(screener: sg.Screener) -> None:
    assert screener.training_walks == "simulated"
    assert screener.bundle.provenance["selection"] == "validation"
    card = (screener.bundle.path / "README.md").read_text(encoding="utf-8")
    assert "simulated" in card
    assert "not a medical device" in card


def test_it_is_the_model_of_the_small_recipe(screener: sg.Screener) -> None:
    from scoliogait.training.recipe_file import load_recipe

    recipe = load_recipe("small-ske")
    assert screener.bundle.contract == recipe.contract.model_copy(update={"training_frames": recipe.sampler.frames})
    assert screener.bundle.window_spread is not None
    assert screener.bundle.architecture == recipe.model


def test_it_screens_a_real_walk(screener: sg.Screener) -> None:
    path = next(p for p in sample_paths() if p.stem == "intel_worker_back")
    result = screener.screen(sg.read_walk(path))
    assert sum(result.probabilities.values()) == pytest.approx(1.0)
    assert result.probabilities[result.predicted] == max(result.probabilities.values())
    assert result.trained_on_simulated_walks
    assert any("simulated walkers" in statement for statement in result.statements)
