"""Draw the pictures of docs/simulated-cohort.md and write its table of traits.

    python tools/draw_simulated_walkers.py docs

walkers.png: a walker of each class as skeleton and silhouette, coming and going. curves.png: one average girl with
curves of 0 to 60 degrees, everything else even. classes.png: how three traits and the Cobb angle lie in the classes.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoliogait.labels import ScreeningClass
from scoliogait.simulation import cohort
from scoliogait.simulation.body import average_body
from scoliogait.simulation.camera import Camera
from scoliogait.simulation.camera import Path as Way
from scoliogait.simulation.config import CohortConfig
from scoliogait.simulation.gait import symmetric_walker
from scoliogait.simulation.planting import plant_traits
from scoliogait.simulation.spine import LEVELS, Curve
from scoliogait.simulation.traits import TRAITS, curve_effect
from scoliogait.skeleton import JOINT_NAMES, LIMBS

COLOURS = {"left": "tab:orange", "right": "tab:blue"}
CLASS_COLOURS = {
    ScreeningClass.NEGATIVE: "tab:green",
    ScreeningClass.NEUTRAL: "goldenrod",
    ScreeningClass.POSITIVE: "tab:red",
}


def main(docs: Path) -> None:
    for folder in ("images", "studies"):
        (docs / folder).mkdir(parents=True, exist_ok=True)
    for name, figure in (("walkers", walkers()), ("curves", curves()), ("classes", classes())):
        figure.savefig(docs / "images" / f"simulated-{name}.png", dpi=80)
    (docs / "studies" / "simulated-cohort-traits.md").write_text(trait_table(), encoding="utf-8")


def trait_table() -> str:
    """Every trait: healthy people, and what an average curve of two sizes adds (mean of the three levels)."""
    lines = [
        "# Traits of simulated walkers",
        "",
        "Written by `tools/draw_simulated_walkers.py` from `scoliogait/simulation/traits.py`. A sided trait is "
        "positive towards the convex side here; the columns of 10° and 30° are what the curve adds.",
        "",
        "| trait | family | sided | healthy mean | spread between people | at 10° | at 30° |",
        "|---|---|---|---|---|---|---|",
    ]
    for trait in TRAITS:
        added = [np.mean([curve_effect(trait, Curve(c, "left", level)) for level in LEVELS]) for c in (10.0, 30.0)]
        cells = [trait.name, trait.family, "yes" if trait.sided else "no", f"{trait.mean:g}", f"{trait.sd:g}"]
        lines.append(f"| {' | '.join([*cells, *(f'{value:+.3g}' for value in added)])} |")
    return "\n".join(lines) + "\n"


def walkers() -> Figure:
    config = CohortConfig(n_walks=24, n_frames=120, seed=3)
    plans = cohort.plan_cohort(config)
    chosen = [next(p for p in plans if p.label is label) for label in ScreeningClass]
    figure = Figure(figsize=(12, 7.2), layout="constrained")
    for part, plan in zip(figure.subfigures(len(chosen), 1), chosen, strict=True):
        simulated = cohort.simulate_walk(config, plan)
        truth = simulated.truth
        part.suptitle(
            f"{truth['class']}, Cobb {truth['cobb_deg']:.0f}°, {truth['side']} {truth['level']}, {truth['motion']}",
            fontsize=10,
        )
        axes = part.subplots(2, 12)
        for column, frame in enumerate(range(0, 108, 9)):
            draw_pose(axes[0, column], simulated.walk.poses[frame])
            axes[1, column].imshow(simulated.walk.silhouettes[frame], cmap="gray")
            axes[1, column].axis("off")
    return figure


def draw_pose(axes: Axes, pose: np.ndarray) -> None:
    for first, second in LIMBS:
        side = JOINT_NAMES[second].split("_")[0]
        axes.plot(pose[[first, second], 0], pose[[first, second], 1], color=COLOURS.get(side, "gray"), linewidth=1.5)
    centre, half = pose[:, :2].mean(axis=0), 0.6 * np.ptp(pose[:, 1])
    axes.set(xlim=(centre[0] - half, centre[0] + half), ylim=(centre[1] + half, centre[1] - half), aspect="equal")
    axes.axis("off")


def curves() -> Figure:
    """Only the curve differs: the mean of every trait, no background variation, no noise."""
    body = average_body("female", 14.0)
    camera = Camera(height_m=1.0, focal_px=4000.0)
    phase = np.arange(60) / 30.0
    way = Way(np.full(60, 20.0), np.full(60, 180.0), np.ones(60))
    figure = Figure(figsize=(12, 2.4), layout="constrained")
    angles = (0, 5, 10, 20, 30, 45, 60)
    for axes, cobb_deg in zip(figure.subplots(1, len(angles)), angles, strict=True):
        curve = Curve(float(cobb_deg), "right", "thoracolumbar")
        traits = {trait.name: trait.mean + curve_effect(trait, curve) for trait in TRAITS}
        joints = plant_traits(symmetric_walker(body, phase), body, traits)
        motion = cohort.Motion(joints, way, "drawn")
        silhouettes = cohort.film_silhouettes(motion, camera, cohort.Subject(body, curve, traits), traits)
        axes.imshow(silhouettes.mean(axis=0), cmap="gray")
        axes.set_title(f"{cobb_deg}°")
        axes.axis("off")
    figure.suptitle("Mean silhouette over two strides, seen from behind, right thoracolumbar curve of", fontsize=11)
    return figure


def classes() -> Figure:
    config = CohortConfig()
    people = {plan.subject: (plan, cohort.draw_subject(config, plan)) for plan in cohort.plan_cohort(config)}
    figure = Figure(figsize=(12, 3.6), layout="constrained")
    shown = ("trunk_shift_mm", "waist_asymmetry_mm", "stride_length_statures")
    for axes, name in zip(figure.subplots(1, 3), shown, strict=True):
        for label, colour in CLASS_COLOURS.items():
            group = [subject for plan, subject in people.values() if plan.label is label]
            axes.scatter(
                [s.curve.cobb_deg for s in group],
                [s.traits[name] * (s.curve.direction if name != "stride_length_statures" else 1.0) for s in group],
                s=5,
                color=colour,
                label=label.spelling,
            )
        axes.set(xlabel="Cobb angle, degrees", ylabel=name)
    axes.legend(fontsize=8)
    figure.suptitle("One point a person; sided traits are positive towards the convex side", fontsize=11)
    return figure


if __name__ == "__main__":
    main(Path(sys.argv[1]))
