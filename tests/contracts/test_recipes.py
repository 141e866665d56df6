"""Every recipe of the package is complete, valid, and says what the published ones must say."""

from collections.abc import Iterator
from importlib.resources import files

import pytest
import torch
import yaml

from scoliogait.models.build import build_model
from scoliogait.training.recipe import MultiStep, Recipe, Sgd
from scoliogait.training.recipe_file import known_keys, load_recipe, recipe_names

PUBLISHED = [f"{kind}-{split}" for kind in ("sconet", "sconet-mt", "sconet-mt-ske") for split in ("112", "118")]


def dotted_keys(section: dict, prefix: str = "") -> Iterator[str]:
    for key, value in section.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from dotted_keys(value, f"{prefix}{key}.")


def test_the_list_is_known() -> None:
    assert recipe_names() == sorted([*PUBLISHED, "small-ske"])


@pytest.mark.parametrize("name", recipe_names())
def test_recipe_is_complete_and_named_after_its_file(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    written = yaml.safe_load((files("scoliogait") / "recipes" / f"{name}.yaml").read_text())
    resolved = recipe.model_dump(mode="json")
    # What a model does not take need not be written, and a run that starts from nothing says nothing about it.
    resolved["contract"] = {key: value for key, value in resolved["contract"].items() if value is not None}
    if "start" not in written:
        del resolved["start"]
    assert set(dotted_keys(written)) >= set(dotted_keys(resolved))
    assert set(dotted_keys(written)) <= set(known_keys())


@pytest.mark.parametrize("name", recipe_names())
def test_model_takes_what_the_contract_gives(name: str) -> None:
    recipe = load_recipe(name)
    module = build_model(recipe.model).eval()
    with torch.no_grad():
        out = module(torch.rand(1, 2, *recipe.contract.frame_shape))
    assert out.logits.shape == (1, 3, recipe.model.parts)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_settings(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.optimizer == Sgd(name="sgd", lr=0.1, momentum=0.9, weight_decay=5e-4)
    assert recipe.schedule == MultiStep(name="multistep", milestones=(10_000, 14_000, 18_000), gamma=0.1)
    plan = recipe.sampler
    assert (plan.identity, plan.identities, plan.walks_per_identity, plan.frames) == ("walk", 8, 8, 30)
    assert not plan.class_balanced
    assert plan.mirror == 0
    trainer = recipe.trainer
    assert (trainer.steps, trainer.log_every, trainer.save_every, trainer.evaluate_every) == (20_000, 100, 500, 1_000)
    assert trainer.keep_best == 3
    softmax, triplet = recipe.losses.cross_entropy, recipe.losses.triplet
    assert (softmax.weight, softmax.scale, softmax.label_smoothing, softmax.class_weights) == (1, 16, 0.1, None)
    assert (triplet.weight, triplet.margin) == (1, 0.2)
    assert triplet.labels == ("none" if name.startswith("sconet-1") else "walk")
    assert recipe.model.channels == (64, 128, 256, 512)
    assert recipe.contract.representation == ("skeleton-map" if "-ske-" in name else "silhouette")
    assert recipe.contract.max_frames == 720
    assert recipe.data.partition == name[-3:]


def test_only_the_split_differs_between_112_and_118() -> None:
    for kind in ("sconet", "sconet-mt", "sconet-mt-ske"):
        one, other = (load_recipe(f"{kind}-{split}").model_dump() for split in ("112", "118"))
        assert one.pop("name") != other.pop("name")
        assert one["data"].pop("partition") != other["data"].pop("partition")
        assert one == other


def test_recipe_type_refuses_unknown_sections() -> None:
    content = load_recipe("small-ske").model_dump() | {"extra": 1}
    with pytest.raises(ValueError, match="extra"):
        Recipe.model_validate(content)
