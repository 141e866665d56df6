"""Who is in a cohort: exact counts, classes from Cobb angles, ids that tell nothing, people on several walks."""

import cv2
import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import kruskal

from scoliogait.errors import DataError
from scoliogait.labels import ScreeningClass
from scoliogait.simulation import cohort
from scoliogait.simulation.config import CobbModel, CohortConfig
from scoliogait.simulation.split import TRAIN_SHARES, split_by_subject

FULL = CohortConfig()
PLANS = cohort.plan_cohort(FULL)


def test_default_cohort_has_the_published_counts() -> None:
    labels = [plan.label for plan in PLANS]
    assert [labels.count(c) for c in ScreeningClass] == [800, 200, 493]
    assert len({plan.subject for plan in PLANS}) == pytest.approx(1050, abs=2)
    assert len({plan.walk_id for plan in PLANS}) == 1493


def test_counts_add_up_for_any_size() -> None:
    for n_walks in (6, 7, 100, 333):
        assert sum(CohortConfig(n_walks=n_walks).class_counts().values()) == n_walks


def test_neither_walk_ids_nor_subject_ids_tell_the_class() -> None:
    labels = np.array([plan.label for plan in PLANS])
    for numbers in (np.arange(len(PLANS)), np.array([plan.subject for plan in PLANS])):
        groups = [numbers[labels == c] for c in ScreeningClass]
        assert kruskal(*groups).pvalue > 0.01
    # Runs of equal classes are no longer than chance makes them.
    same = np.mean(labels[1:] == labels[:-1])
    by_chance = sum((np.mean(labels == c)) ** 2 for c in ScreeningClass)
    assert same == pytest.approx(by_chance, abs=0.04)


def test_neither_sex_nor_age_tells_the_class() -> None:
    people = {plan.subject: (plan.label, cohort.draw_subject(FULL, plan).body) for plan in PLANS}
    labels = np.array([label for label, _ in people.values()])
    girls = np.array([body.sex == "female" for _, body in people.values()])
    ages = np.array([body.age_years for _, body in people.values()])
    for values in (girls.astype(float), ages):
        assert kruskal(*(values[labels == c] for c in ScreeningClass)).pvalue > 0.01
    assert girls.mean() == pytest.approx(0.5, abs=0.05)


def test_class_follows_from_the_cobb_angle() -> None:
    model, rng = CobbModel(), np.random.default_rng(0)
    for label in ScreeningClass:
        angles = np.array([model.draw(rng, label) for _ in range(500)])
        assert {model.class_of(a) for a in angles} == {label}
        assert angles.min() >= 0
    assert model.class_of(8.0) is model.class_of(12.0) is ScreeningClass.NEUTRAL
    assert model.class_of(7.99) is ScreeningClass.NEGATIVE
    assert model.class_of(12.01) is ScreeningClass.POSITIVE


def test_a_person_has_one_spine_on_all_their_walks() -> None:
    by_subject: dict[int, list[cohort.WalkPlan]] = {}
    for plan in PLANS:
        by_subject.setdefault(plan.subject, []).append(plan)
    several = next(plans for plans in by_subject.values() if len(plans) > 1)
    config = CohortConfig(n_frames=10, silhouettes=False)
    first, second = (cohort.simulate_walk(config, plan) for plan in several[:2])
    assert first.truth["cobb_deg"] == second.truth["cobb_deg"]
    assert first.truth["stature_m"] == second.truth["stature_m"]
    assert first.truth["shoulder_tilt_deg"] != second.truth["shoulder_tilt_deg"]
    assert not np.array_equal(first.walk.poses, second.walk.poses)


def test_a_walk_is_what_the_plan_says() -> None:
    config = CohortConfig(n_walks=12, n_frames=20)
    simulated = cohort.simulate_walk(config, cohort.plan_cohort(config)[3])
    walk = simulated.walk
    assert walk.walk_id == "w00003"
    assert walk.poses is not None
    assert walk.poses.shape == (20, 17, 3)
    assert walk.silhouettes is not None
    assert walk.silhouettes.shape == (20, 64, 64)
    assert walk.silhouettes_aligned
    assert walk.frame_rate_hz == 15.0
    assert walk.view == "000_180"
    assert walk.origin["simulated"] == "yes"
    assert walk.label is not None
    assert simulated.truth["class"] == walk.label.spelling


def test_both_sources_of_motion_occur() -> None:
    config = CohortConfig(n_walks=60, n_frames=5, silhouettes=False)
    sources = {cohort.simulate_walk(config, plan).truth["motion"].split()[0] for plan in cohort.plan_cohort(config)}
    assert sources == {"published", "captured"}
    only = CohortConfig(n_walks=12, n_frames=5, silhouettes=False, captured_share=0.0)
    assert {cohort.simulate_walk(only, p).truth["motion"] for p in cohort.plan_cohort(only)} == {"published curves"}


@pytest.mark.parametrize("ratio", list(TRAIN_SHARES))
def test_split_keeps_people_apart_and_has_the_published_class_counts(ratio: str) -> None:
    train, test = split_by_subject(PLANS, ratio, seed=0)
    plan_of = {plan.walk_id: plan for plan in PLANS}
    assert set(train) | set(test) == set(plan_of)
    assert not {plan_of[w].subject for w in train} & {plan_of[w].subject for w in test}
    counts = [sum(plan_of[w].label is c for w in train) for c in ScreeningClass]
    published = np.array(TRAIN_SHARES[ratio]) * [800, 200, 493]
    np.testing.assert_allclose(counts, published, atol=2.5)
    assert (train, test) == split_by_subject(PLANS, ratio, seed=0)
    assert split_by_subject(PLANS, ratio, seed=1) != (train, test)


def test_unknown_ratio_is_refused() -> None:
    with pytest.raises(DataError, match="ratio '119'"):
        split_by_subject(PLANS, "119", seed=0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"class_shares": (0.5, 0.5, 0.5)},
        {"level_shares": {"thoracic": 0.4}},
        {"n_walks": 0},
        {"cobb": {"neutral_deg": (12.0, 8.0)}},
        {"turnshare": 0.5},
    ],
)
def test_contradicting_settings_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        CohortConfig(**wrong)


@pytest.mark.parametrize("whole", [True, False])
def test_walks_are_made_in_one_thread_of_opencv_which_has_as_many_as_before_afterwards(whole: bool) -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    try:
        n_threads = cohort.of_every_walk(lambda config, plan: cv2.getNumThreads(), CohortConfig(n_walks=6), workers=1)
        assert next(n_threads) == 1
        if whole:
            assert set(n_threads) == {1}
        else:
            n_threads.close()  # type: ignore[attr-defined]
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)
