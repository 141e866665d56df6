"""The study of headroom in small: features obey the mirror, and what is planted in walks is found, on either side."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer.testing
from studies import headroom, headroom_built
from studies.headroom_clothes import PX_PER_MM, disturbed
from studies.headroom_cohort import Plan, make_cohort
from studies.headroom_features import GROUPS, features_of, trunk_bands
from studies.headroom_fusion import Columns, Walks, out_of_fold
from studies.headroom_table import ADDED, BASELINE, ROWS, TASKS, area_and_gain, kept

from scoliogait.errors import DataError
from scoliogait.files import read_json
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.simulation.ceiling import chances_from_truth, names_of
from scoliogait.simulation.cohort import plan_cohort, simulate_walk
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.traits import TRAIT_NAMES
from scoliogait.walk import Walk
from walk_fixtures import mirror_poses

NOTHING = np.empty((60, 0))


@pytest.fixture(scope="module")
def walk() -> Walk:
    config = CohortConfig(n_walks=6, n_frames=45, seed=4)
    return simulate_walk(config, plan_cohort(config)[0]).walk


def aligned(walk: Walk) -> Walk:
    assert walk.silhouettes is not None
    frames = walk.silhouettes if walk.silhouettes_aligned else align_silhouettes(walk.silhouettes)[0]
    return replace(walk, silhouettes=frames, silhouettes_aligned=True)


def mirrored(walk: Walk) -> Walk:
    assert walk.poses is not None
    assert walk.silhouettes is not None
    return replace(walk, poses=mirror_poses(walk.poses, 640.0), silhouettes=walk.silhouettes[:, :, ::-1].copy())


def test_a_mirrored_walk_has_the_other_signs_and_is_else_the_same(walk: Walk) -> None:
    found, twin = features_of(aligned(walk)), features_of(mirrored(aligned(walk)))
    for name in GROUPS:
        assert np.abs(found[name].signed).max() > 0
        np.testing.assert_allclose(twin[name].signed, -found[name].signed, atol=2e-3)
        np.testing.assert_allclose(twin[name].even, found[name].even, atol=2e-3)


def test_widths_of_a_body_that_was_drawn() -> None:
    frames = np.zeros((2, 64, 64), dtype=np.uint8)
    frames[:, :, 26:38] = 255
    frames[:, 20:22, 26:42] = 255  # one band reaches four pixels further to the picture's right
    middle, width, uneven = trunk_bands(frames, np.array([1.0, -1.0]))
    n_bands = width.shape[1]
    expected = np.full(n_bands, 12.0)
    expected[6] = 16.0
    np.testing.assert_allclose(width, [expected, expected])
    # Towards the camera the picture's right is the walker's left.
    rest = -2.0 / n_bands
    np.testing.assert_allclose(middle[0], np.where(expected == 16.0, 2.0 + rest, rest))
    np.testing.assert_allclose(middle[1], -middle[0])
    assert uneven[0].argmax() == 6
    np.testing.assert_allclose(uneven[1], -uneven[0])


def test_clothes_move_edges_as_far_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.headroom_clothes._JITTER_PX", 0.0)
    frames = np.zeros((4, 64, 64), dtype=np.uint8)
    frames[:, :, 20:44] = 255
    side = np.array([1.0, 1.0, -1.0, -1.0])
    np.testing.assert_array_equal(disturbed(frames, side, 0.0, np.random.default_rng(0)), frames)
    widths, middles = [], []
    for seed in range(40):
        moved = disturbed(frames, side, 20.0, np.random.default_rng(seed))
        middle, width, _ = trunk_bands(moved, side)
        np.testing.assert_allclose(width[0], width[2], atol=0.05)  # clothes turn round with the walker
        widths.append(width[0])
        middles.append(middle[0])
    # Two edges, each off by its own: bands of two rows average little of it away.
    assert np.std(widths) == pytest.approx(np.sqrt(2) * 20.0 * PX_PER_MM, rel=0.25)


def planted(seed: int) -> tuple[Walks, np.ndarray, Columns]:
    """60 walks of 30 people, 20 of each class: a network that nearly guesses, and a signed feature that does not."""
    generator = np.random.default_rng(seed)
    labels = np.repeat([0, 1, 2], 20)
    people = np.arange(60) // 2
    walks = Walks(labels, people, people % 5)
    network = 0.5 * (labels > 0)[:, None] + generator.standard_normal((60, 2))
    side = np.where(generator.random(60) < 0.5, -1.0, 1.0)
    signed = generator.standard_normal((60, 6))
    signed[:, 2] += 3.0 * labels * side
    return walks, network, Columns(signed, NOTHING, generator.standard_normal((60, 3)))


def test_a_planted_feature_is_found_and_noise_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.headroom_fusion._PENALTIES", (0.01, 0.1))  # a third of the time
    walks, network, columns = planted(0)
    baseline = out_of_fold(walks, "abnormal", network, Columns(NOTHING, NOTHING, NOTHING))
    noise = Columns(np.random.default_rng(1).standard_normal((60, 6)), NOTHING, columns.hint)
    for task in TASKS:
        found = area_and_gain(walks, task, out_of_fold(walks, task, network, columns), baseline)
        assert found["gain_interval"][0] > 0.02
        assert found["area"] > 0.85
    nothing = area_and_gain(walks, "abnormal", out_of_fold(walks, "abnormal", network, noise), baseline)
    assert nothing["gain_interval"][0] < 0.02
    assert area_and_gain(walks, "abnormal", baseline, baseline)["gain"] == 0.0


def test_fusion_does_not_see_the_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.headroom_fusion._PENALTIES", (0.01, 0.1))
    walks, network, columns = planted(2)
    turned = np.where(np.random.default_rng(3).random(60) < 0.5, -1.0, 1.0)[:, None]
    twins = Columns(columns.signed * turned, columns.even, columns.hint * turned)
    scores = [out_of_fold(walks, "positive", network, one) for one in (columns, twins)]
    assert np.isnan(scores[0]).sum() == 20  # the negative walks do not count
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-6)


def test_the_simplest_addition_that_gains_on_every_cohort_is_kept() -> None:
    def figures(**gains: float) -> dict[str, object]:
        return {"abnormal": {name: {"gain": gains.get(name.strip("+ "), 0.0)} for name in ROWS}}

    assert kept([figures(outline=0.03, stride=0.1), figures(outline=0.01, stride=0.02)]) == "+ stride"
    assert kept([figures(outline=0.03, stride=0.1), figures(outline=0.02, stride=0.01)]) == "+ outline"
    assert kept([figures(outline=0.03), figures()]) is None
    # What cannot be measured, what is under clothes and what stands without the network is never kept.
    assert kept([{"abnormal": {name: {"gain": 0.0 if name in ADDED else 0.2} for name in ROWS}}]) is None


def test_families_of_traits_make_up_all_traits() -> None:
    families = ("posture", "torsion", "shape", "unevenness", "movement", "build")
    assert sorted(name for family in families for name in names_of(family)) == sorted(TRAIT_NAMES)


def test_a_trait_that_is_planted_alone_raises_its_own_ceiling() -> None:
    generator = np.random.default_rng(0)
    rows = []
    for number in range(90):
        side = generator.choice([-1.0, 1.0])
        traits = dict.fromkeys(TRAIT_NAMES, 0.0) | {name: generator.standard_normal() for name in TRAIT_NAMES}
        traits["waist_asymmetry_mm"] += 8.0 * side * (number % 3)
        facts = {"class": ("negative", "neutral", "positive")[number % 3], "side": "left" if side > 0 else "right"}
        rows.append(traits | facts | {"cobb_deg": 10.0 * (number % 3), "subject_id": f"s{number}"})
    labels = np.arange(90) % 3
    chances = {family: chances_from_truth(rows, names_of(family)) for family in ("shape", "movement")}
    np.testing.assert_allclose(chances["shape"].sum(axis=1), 1.0)
    assert (chances["shape"].argmax(axis=1) == labels).mean() > 0.9
    assert (chances["movement"].argmax(axis=1) == labels).mean() < 0.5


@pytest.mark.slow
def test_it_writes_its_tables_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.headroom_fusion._PENALTIES", (0.003, 0.03))
    monkeypatch.setattr("studies.headroom_table.N_RESAMPLES", 50)
    monkeypatch.setattr("studies.headroom_table.ROWS", {BASELINE: (), "+ outline": ("outline",)})
    monkeypatch.setattr("studies.headroom_table.ADDED", {"+ outline": ("outline",)})
    monkeypatch.setattr("studies.headroom_table.CEILINGS", {"shape": ("shape",)})
    app = typer.Typer()
    app.command()(headroom.main)
    line = ["--out", str(tmp_path), "--seed", "3", "--walks", "120", "--frames", "30", "--steps", "3"]
    outputs = []
    for _ in range(2):
        result = typer.testing.CliRunner().invoke(app, line, catch_exceptions=False)
        assert result.exit_code == 0
        outputs.append((tmp_path / "headroom.md").read_bytes())
        (tmp_path / "figures-3.json").unlink()
    assert outputs[0] == outputs[1]
    other = typer.testing.CliRunner().invoke(app, [*line, "--steps", "4"])
    assert isinstance(other.exception, DataError)
    assert (tmp_path / "headroom.png").read_bytes().startswith(b"\x89PNG")
    found = read_json(tmp_path / "headroom.json")["cohorts"][0]["figures"]
    assert set(found) == set(TASKS)
    assert found["abnormal"][BASELINE]["gain"] == 0.0
    cohort = make_cohort(Plan(120, 30, 3), 3, tmp_path, headroom.Console(quiet=True))
    folder = tmp_path / "built" / "3"
    app = typer.Typer()
    app.command()(headroom_built.main)
    for _ in range(2):
        result = typer.testing.CliRunner().invoke(app, ["--out", str(tmp_path), "--seed", "3"], catch_exceptions=False)
        assert result.exit_code == 0
        scores = [np.load(file) for file in sorted(folder.glob("fold-*.npy"))]
        (folder / "fold-2.npy").unlink()
    assert sum(map(len, scores)) == len(cohort.network)
    built = read_json(tmp_path / "built.json")["cohorts"][0]["abnormal"]
    assert built[BASELINE]["area"] == found["abnormal"][BASELINE]["area"]
    assert set(built) == {BASELINE, headroom_built.BUILT}
    # No person is on both sides of a fold.
    for person in np.unique(cohort.walks.people):
        assert len(set(cohort.walks.fold[cohort.walks.people == person])) == 1
