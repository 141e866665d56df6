"""Every recipe of the package is complete, valid, and says what the published ones must say."""

import hashlib
import json
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest
import torch
import yaml

from scoliogait.models.build import build_model
from scoliogait.representation.contract import BODY_ONLY_SIGMA15_JOINT8, OPENGAIT_SKELETON
from scoliogait.representation.pav import PavConfig
from scoliogait.training.recipe import MultiStep, Recipe, Sgd
from scoliogait.training.recipe_file import known_keys, load_recipe, recipe_names

PUBLISHED = [f"{kind}-{split}" for kind in ("sconet", "sconet-mt", "sconet-mt-ske") for split in ("112", "118")]

OTHERS_OF_THE_FIELD = ["drf-112", "drf-118", "umgrl-drf-118", "fusion-112", "fusion-118"]
POSE_SETS = ["pose-set-112", "pose-set-118", "small-pose-set", "pretrain-pose-set", "pose-map-112", "pose-map-118"]
POSE_OUTLINES = ["small-pose-outline"]
CHAIN = ["body-only-sgd-112", "body-only-adamw-112", "drf-warm-112"]
# Those that no published figure belongs to; the others score whole walks, as the published ones do.
IN_WINDOWS = {*POSE_SETS, *POSE_OUTLINES, "fusion-112", "fusion-118", "small-ske"}

RECORDED = {
    "body-only-adamw-112": "c274299577ef77ab",
    "body-only-sgd-112": "0dbab18f62782d00",
    "drf-112": "53d0b507994c0ab0",
    "drf-118": "a1e523c72f553893",
    "drf-warm-112": "46d2db25b31a9e6e",
    "fusion-112": "fabad45577be38c9",
    "fusion-118": "f4d1f2294d8da8d3",
    "pose-map-112": "869eff31cb462c5c",
    "pose-map-118": "11017154e08db85a",
    "pose-set-112": "7be3d5f7a1e82a04",
    "pose-set-118": "c5ca94c300410e7b",
    "sconet-112": "d179862ed848aa1b",
    "sconet-118": "b721198eb3ac4f80",
    "sconet-mt-112": "cd29cfc0cfaba84a",
    "sconet-mt-118": "df5fe3dbb1f4a5a6",
    "sconet-mt-ske-112": "531d8f4a6cc11b31",
    "sconet-mt-ske-118": "cce7bd1530078927",
    "pretrain-pose-set": "c458ce83a208dca7",
    "small-pose-outline": "bd76a6433b694dd8",
    "small-pose-set": "fe4b1a47d3dd8713",
    "small-ske": "e436eeb77a22e684",
    "umgrl-drf-118": "4cac47771d00de54",
}


def dotted_keys(section: dict, prefix: str = "") -> Iterator[str]:
    for key, value in section.items():
        yield prefix + key
        if isinstance(value, dict):
            yield from dotted_keys(value, f"{prefix}{key}.")


def test_every_recipe_is_listed_here() -> None:
    assert sorted([*PUBLISHED, *OTHERS_OF_THE_FIELD, *CHAIN, *POSE_SETS, *POSE_OUTLINES, "small-ske"]) == sorted(
        recipe_names()
    )


def file_of(name: str) -> Traversable:
    """Recipes that differ in the partition alone share a file, which is named without the partition."""
    folder = files("scoliogait") / "recipes"
    own = folder / f"{name}.yaml"
    return own if own.is_file() else folder / "by-partition" / f"{name[:-4]}.yaml"


@pytest.mark.parametrize("name", recipe_names())
def test_recipe_is_complete_and_named_after_its_file(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    written = yaml.safe_load(file_of(name).read_text())
    assert written["name"] == Path(file_of(name).name).stem
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
    inputs: dict[str, torch.Tensor] = {}
    if recipe.contract.in_channels:
        inputs["frames"] = torch.rand(1, 2, *recipe.contract.frame_shape)
    if recipe.contract.pav is not None:
        inputs["pav"] = torch.rand(1, 8, 3)
    if recipe.contract.coordinates is not None:
        inputs["poses"] = torch.rand(1, 2, 17, 3)
    if recipe.contract.outline is not None:
        inputs["outline"] = torch.rand(1, 12)
    with torch.no_grad():
        out = module(**inputs)
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


@pytest.mark.parametrize("name", RECORDED)
def test_resolved_recipe_is_the_recorded_one(name: str) -> None:
    """Digests of all values, recorded when each recipe had a complete file of its own, and whole walks were scored;
    of ``small-pose-set`` when it was given its 1,000 steps, of ``pretrain-pose-set`` and ``small-pose-outline`` when
    they came."""
    recipe = load_recipe(name).model_dump(mode="json")
    assert recipe["contract"].pop("evaluation_frames", "whole") == ("windows" if name in IN_WINDOWS else "whole")
    assert recipe["trainer"].pop("tied_frames") == "first"  # as it was when there was no other way
    values = json.dumps(recipe, sort_keys=True)
    assert hashlib.sha256(values.encode()).hexdigest()[:16] == RECORDED[name]


def test_a_recipe_of_both_partitions_is_complete_without_either_as_well() -> None:
    """Copied and passed as a file, it takes the partition from ``--partition`` or the store."""
    as_file = load_recipe(str(file_of("drf-112")))
    named = load_recipe("drf-112")
    assert (as_file.name, as_file.data.partition) == ("drf", None)
    assert (named.name, named.data.partition) == ("drf-112", "112")
    assert load_recipe("drf-112", ["name=mine", "data.partition='114'"]).data.partition == "114"


def test_only_the_split_differs_between_112_and_118() -> None:
    for kind in ("sconet", "sconet-mt", "sconet-mt-ske", "drf", "fusion", "pose-set", "pose-map"):
        one, other = (load_recipe(f"{kind}-{split}").model_dump() for split in ("112", "118"))
        assert one.pop("name") != other.pop("name")
        assert one["data"].pop("partition") != other["data"].pop("partition")
        assert one == other


def test_the_outline_is_all_that_its_recipe_adds_to_the_set_network() -> None:
    plain, outlined = (load_recipe(name).model_dump() for name in ("small-pose-set", "small-pose-outline"))
    assert outlined["contract"].pop("outline") == {"scale_px": None}
    assert outlined["model"].pop("outline_width") == 32
    for recipe, architecture, representation in (
        (plain, "pose-set", "coordinates"),
        (outlined, "pose-outline", "coordinates+outline"),
    ):
        assert recipe["model"].pop("architecture") == architecture
        assert recipe["contract"].pop("representation") == representation
        recipe.pop("name")
    assert outlined == plain


def test_the_chain_sees_one_kind_of_map_and_starts_afresh() -> None:
    """SGD baseline, AdamW finetune, DRF: weights fit each other, and nothing but what the notes change changes."""
    sgd, adamw, drf = (load_recipe(name) for name in CHAIN)
    assert sgd.contract == adamw.contract == BODY_ONLY_SIGMA15_JOINT8
    assert drf.contract == BODY_ONLY_SIGMA15_JOINT8.model_copy(update={"pav": PavConfig()})
    assert sgd.model == adamw.model
    assert sgd.losses == adamw.losses == drf.losses == load_recipe("sconet-mt-ske-112").losses
    assert sgd.sampler == adamw.sampler == drf.sampler == load_recipe("sconet-mt-ske-112").sampler
    assert sgd.optimizer == Sgd(name="sgd", lr=0.1, momentum=0.9, weight_decay=5e-4)
    assert (adamw.optimizer.name, adamw.schedule.name, adamw.trainer.steps) == ("adamw", "cosine", 80_000)
    assert (drf.optimizer.name, drf.schedule.name) == ("adamw", "cosine")
    assert drf.optimizer.lr < adamw.optimizer.lr < 1e-3
    assert drf.start.freeze == ("backbone.*",)
    assert drf.start.unfreeze_step is not None


def test_drf_recipes_are_those_of_author_and_umgrl() -> None:
    author, umgrl = load_recipe("drf-118"), load_recipe("umgrl-drf-118")
    assert author.contract == umgrl.contract
    assert author.contract == OPENGAIT_SKELETON.model_copy(update={"pav": PavConfig()})
    assert (author.optimizer.lr, umgrl.optimizer.lr) == (0.001, 0.1)
    assert author.losses == load_recipe("sconet-mt-ske-118").losses
    assert umgrl.losses.triplet.labels == "class"
    assert umgrl.losses.cross_entropy.class_weights == (0.174, 1.413, 1.413)
    plan = umgrl.sampler
    assert (plan.identity, plan.identities, plan.walks_per_identity, plan.frames) == ("class", 3, 22, 20)


def test_recipe_type_refuses_unknown_sections() -> None:
    content = load_recipe("small-ske").model_dump() | {"extra": 1}
    with pytest.raises(ValueError, match="extra"):
        Recipe.model_validate(content)
