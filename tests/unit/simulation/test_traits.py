"""Traits: odd in the side of the curve, nothing without a curve, weakly tied to its size, and each of them visible."""

import numpy as np
import pytest

from scoliogait.simulation import cohort
from scoliogait.simulation.body import average_body
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.spine import Curve, mirrored
from scoliogait.simulation.traits import (
    SIDED_NAMES,
    TRAIT_NAMES,
    TRAITS,
    curve_effect,
    draw_traits,
    onset,
    structure,
    vary_between_walks,
)
from trait_fixtures import neutral_traits

CURVE = Curve(24.0, "right", "thoracic")


@pytest.mark.parametrize("trait", TRAITS, ids=lambda t: t.name)
def test_effect_is_odd_in_the_side_if_sided_and_nothing_without_a_curve(trait) -> None:
    effect, image = curve_effect(trait, CURVE), curve_effect(trait, mirrored(CURVE))
    assert image == pytest.approx(-effect if trait.sided else effect)
    assert curve_effect(trait, Curve(0.0, "right", "thoracic")) == 0.0


def test_a_curve_is_noticed_before_it_is_structural() -> None:
    assert onset(0.0) == structure(0.0) == 0.0
    assert onset(10.0) > 0.9
    assert structure(10.0) < 0.1
    assert structure(18.0) > 0.9
    angles = np.linspace(0, 60, 61)
    for reaction in (onset, structure):
        assert np.all(np.diff([reaction(a) for a in angles]) >= 0)


def test_no_single_trait_gives_the_cobb_angle_away() -> None:
    config = CohortConfig(n_walks=1200, seed=11)
    plans = {plan.subject: plan for plan in cohort.plan_cohort(config)}
    people = [cohort.draw_subject(config, plan) for plan in plans.values()]
    cobb = np.array([p.curve.cobb_deg for p in people])
    direction = np.array([p.curve.direction for p in people])
    for name in TRAIT_NAMES:
        values = np.array([p.traits[name] for p in people])
        towards_the_curve = values * direction if name in SIDED_NAMES else values
        correlation = abs(np.corrcoef(towards_the_curve, cobb)[0, 1])
        assert correlation < 0.6, f"{name}: {correlation:.2f}"


def test_people_without_a_curve_vary_as_the_table_says() -> None:
    rng = np.random.default_rng(2)
    straight = Curve(0.0, "left", "lumbar")
    drawn = [draw_traits(rng, straight) for _ in range(2000)]
    for trait in TRAITS:
        values = np.array([d[trait.name] for d in drawn])
        assert values.mean() == pytest.approx(trait.mean, abs=0.12 * trait.sd)
        assert values.std() == pytest.approx(trait.sd, rel=0.12)


def test_the_same_person_walks_a_little_differently_each_time() -> None:
    rng = np.random.default_rng(3)
    traits = neutral_traits()
    again = [vary_between_walks(rng, traits)["shoulder_tilt_deg"] for _ in range(2000)]
    (tilt,) = (t for t in TRAITS if t.name == "shoulder_tilt_deg")
    assert np.std(again) == pytest.approx(0.25 * tilt.sd, rel=0.1)


@pytest.mark.parametrize("trait", TRAITS, ids=lambda t: t.name)
def test_every_trait_changes_what_the_camera_sees(trait) -> None:
    plain = _recording(neutral_traits())
    changed = _recording(neutral_traits() | {trait.name: trait.mean + 2.0 * trait.sd})
    assert any(not np.array_equal(a, b) for a, b in zip(plain, changed, strict=True))


def _recording(traits: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Joints and silhouettes of one walk with turns, with the same luck each time."""
    config = CohortConfig(n_frames=90, captured_share=0.0, turn_share=1.0)
    body = average_body("female", 13.0)
    motion = cohort.move(np.random.default_rng(8), config, body, traits)
    subject = cohort.Subject(body, CURVE, traits)
    camera = cohort.Camera()
    return motion.joints, cohort.film_silhouettes(motion, camera, subject, traits)
