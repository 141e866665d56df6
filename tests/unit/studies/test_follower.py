"""The study of the follower: it runs, its truth is true, and its judge sees what it should."""

import json
from pathlib import Path

import numpy as np
import pytest
from studies import follower as study
from studies.follower_scenes import KINDS, Scene, make_scene

CHECKOUT = Path(study.__file__).parents[1]


@pytest.mark.slow
def test_it_writes_outcomes_and_a_table_and_reads_another_checkout(tmp_path: Path) -> None:
    study.main(["--out", str(tmp_path), "--per-kind", "1", "--seed", "4", "--against", str(CHECKOUT)])
    outcomes = json.loads((tmp_path / "follower.json").read_text())["outcomes"]
    assert [len(of_build) for of_build in outcomes.values()] == [len(KINDS), len(KINDS)]
    # against itself: what is read from JSON is what was followed
    for new, old in zip(*outcomes.values(), strict=True):
        assert [new[key] for key in ("refused", "given", "right", "lost")] == [
            old[key] for key in ("refused", "given", "right", "lost")
        ]
    assert (tmp_path / "follower.md").read_text().count("| all |") == 2


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene("stands in front", 4, 5)


def test_a_scene_depends_on_seed_and_number_alone(scene: Scene) -> None:
    again = make_scene("stands in front", 4, 5)
    for first, second in zip(scene.frames, again.frames, strict=True):
        np.testing.assert_array_equal(first, second)
    assert scene.solvable


def test_the_judge_knows_the_walker_the_other_and_a_mixture(scene: Scene) -> None:
    walker, other = (np.nan_to_num(scene.versions[:, person]).astype(np.float32) for person in (0, 1))
    n = len(walker)
    right = study.judge(scene, 0, walker, "", doubted=False)
    assert (right.given, right.right, right.lost, right.person) == (scene.detected[:, 0].sum(), right.given, 0, 0)
    assert not right.wrong
    wrong = study.judge(scene, 0, other, "", doubted=False)
    assert (wrong.right, wrong.person, wrong.silently_wrong) == (0, 1, True)
    assert not study.judge(scene, 0, other, "", doubted=True).silently_wrong
    mixture = walker.copy()
    mixture[: n // 10] = other[: n // 10]
    assert study.judge(scene, 0, mixture, "", doubted=False).wrong
    half_and_half = walker.copy()
    half_and_half[:, :9] = other[:, :9]
    assert study.judge(scene, 0, half_and_half, "", doubted=False).wrong
