"""Mistakes in recipes: each told in one line with the file, the key, the value and what to do."""

from importlib.resources import files
from pathlib import Path

import pytest

from scoliogait.errors import RecipeError
from scoliogait.training.recipe_file import known_keys, load_recipe, write_recipe

TEXT = (files("scoliogait") / "recipes" / "small-ske.yaml").read_text()


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        (["optimizer.lrr=0.1"], ["--set optimizer.lrr=0.1", "did you mean 'optimizer.lr'"]),
        (["trainer.precison=fp32"], ["did you mean 'trainer.precision'"]),
        (["optimizer.lr=fast"], ["--set optimizer.lr=fast", "optimizer.lr is 'fast'", "number"]),
        (["optimizer.lr=-1"], ["optimizer.lr is -1", "more than 0"]),
        (["optimizer.lr=.inf"], ["optimizer.lr", "finite"]),
        (["optimizer.momentum=0.9"], ["optimizer.momentum", "unknown key (value 0.9)", "name, lr"]),
        (["optimizer.name=adam"], ["optimizer.name is 'adam'", "'sgd', 'adamw'"]),
        (["trainer.precision=fp8"], ["trainer.precision is 'fp8'", "'fp32', 'bf16' or 'fp16'"]),
        (["sampler.identities=0"], ["sampler.identities is 0", "expected 1 or more"]),
        (["sampler.identity=class"], ["class_balanced has no meaning"]),
        (["losses.cross_entropy.class_weights=[1,2]"], ["losses.cross_entropy.class_weights"]),
        (["contract.skeleton_map.joints=fullbody"], ["contract.skeleton_map.joints is 'fullbody'", "body-only"]),
        (["contract.size_px=128"], ["small-ske", "size_px is 128", "64"]),
        (["model.in_channels=1"], ["sections model and contract", "takes 1 channels", "gives 2"]),
        (["model.classes=4"], ["the model has 4 classes", "expected 3"]),
        (["model.parts=5"], ["5 parts", "multiple of 20"]),
        (["schedule.warmup_steps=100000"], ["schedule.warmup_steps is 100000", "trainer.steps"]),
        (["trainer.tied_frames=last"], ["trainer.tied_frames", "'first' or 'all'"]),
        (["sampler.identities=1", "sampler.walks_per_identity=1"], ["at least 2 walks", "sampler.identities"]),
        (["schedule={name: multistep, milestones: [5, 3], gamma: 0.1}"], ["milestones [5, 3] must rise"]),
        (["contract.training_frames=30"], ["contract.training_frames is 30, sampler.frames is 20"]),
        (["start.unfreeze_step=5"], ["start.unfreeze_step is 5", "start.freeze names nothing"]),
        (["start={freeze: ['backbone.*'], unfreeze_step: 240}"], ["start.unfreeze_step is 240", "trainer.steps only"]),
        (["start.label_order=[negative, positive]"], ["start.label_order", "not a permutation"]),
        (["start.label_order=[a, b, c]"], ["start.label_order", "unknown class 'a'"]),
        (["start.frozen=[]"], ["unknown key 'start.frozen'", "did you mean 'start.freeze'"]),
        (["trainer"], ["expected key=value"]),
        (["trainer.steps=[1"], ["--set trainer.steps=[1", "not YAML"]),
    ],
)
def test_overrides(overrides: list[str], parts: list[str]) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe("small-ske", overrides)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("optimizer:", "optimiser:", ["optimiser: unknown key", "did you mean 'optimizer'"]),
        ("  lr:", "  learning_rate:", ["optimizer.learning_rate: unknown key"]),
        ("  name: cosine\n", "", ["schedule.name: is missing"]),
        ("  representation: skeleton-map\n", "", ["contract.representation: is missing"]),
        ("name: small-ske", "[", ["is not YAML"]),
        (TEXT, "- just a list", ["holds no sections; expected a recipe with sections"]),
        (TEXT, "", ["is empty; expected a recipe with sections"]),
    ],
)
def test_files(tmp_path: Path, old: str, new: str, parts: list[str]) -> None:
    path = tmp_path / "mine.yaml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for part in parts:
        assert part in message, message


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(RecipeError, match="cannot be read as text"):
        load_recipe(tmp_path / "mine.yaml")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(RecipeError, match=r"small-sk: no such recipe; did you mean 'small-ske'\?; .* sconet-112, "):
        load_recipe("small-sk")
    with pytest.raises(RecipeError, match=r"one of body-only-adamw-112, .*small-ske"):
        load_recipe("resnet")


def test_overrides_change_what_they_name_and_nothing_else(tmp_path: Path) -> None:
    before = load_recipe("small-ske")
    after = load_recipe(
        "small-ske",
        ["optimizer={name: sgd, lr: 0.1, momentum: 0.9, weight_decay: 0}", "data.partition='118'", "trainer.steps=77"],
    )
    assert after.optimizer.name == "sgd"
    assert (after.data.partition, after.trainer.steps) == ("118", 77)
    changed = {"optimizer", "data", "trainer"}
    assert after.model_dump(exclude=changed) == before.model_dump(exclude=changed)


def test_a_resolved_recipe_reads_back_equal(tmp_path: Path) -> None:
    recipe = load_recipe(
        "sconet-mt-ske-118", ["data.store=/somewhere/else", "losses.cross_entropy.class_weights=[1,2,3]"]
    )
    write_recipe(tmp_path / "recipe.yaml", recipe)
    assert load_recipe(tmp_path / "recipe.yaml") == recipe


def test_known_keys_cover_every_kind_of_optimizer_and_schedule() -> None:
    keys = set(known_keys())
    assert {
        "optimizer.momentum",
        "schedule.milestones",
        "schedule.warmup_steps",
        "contract.skeleton_map.joints",
    } <= keys
    assert "optimizer.name" in keys


def test_tied_frames_are_refused_where_no_picture_is_seen() -> None:
    with pytest.raises(RecipeError, match=r"trainer\.tied_frames is all, but a pose-set takes no pictures"):
        load_recipe("small-pose-set", ["trainer.tied_frames=all"])
