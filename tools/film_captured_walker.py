"""Two videos of a rendered walker moved by a captured walk, towards the camera and away from it.

``python tools/film_captured_walker.py FOLDER`` writes there.mp4 and back.mp4, which are screened with
``scoliogait screen --session FOLDER/there.mp4 FOLDER/back.mp4``; ``--picture FILE`` reads both and draws what was seen,
``--walks FOLDER`` writes what was seen, as in ``src/scoliogait/samples/rendered``. No person is in them: the movement
was captured, the body, the clothes and the room are drawn, the shoulders are planted to hang by 4 degrees, and the
camera is rolled by 2.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scoliogait.io.native import write_walk
from scoliogait.io.video_file import read_video
from scoliogait.side_colours import colour_of_joint, colour_of_limb
from scoliogait.simulation.appearance import draw_appearance
from scoliogait.simulation.body import average_body
from scoliogait.simulation.filming import FilmedWalker, film_camera
from scoliogait.simulation.mocap import captured_loops
from scoliogait.simulation.traits import TRAITS
from scoliogait.skeleton import LIMBS, PAIR_NAMES
from scoliogait.video.decode import open_video
from scoliogait.video.encode import video_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_SHOWN = 4
LOOP, SEED, RATE_HZ = "16_15", 4, 15.0
SHOULDER_TILT_DEG, ROLL_DEG = -4.0, 2.0
RENDERED_NOTE = "Rendered: a drawn figure moved by a captured walk; no person was filmed."


def captured_person() -> FilmedWalker:
    """Of average body and traits but for the shoulders."""
    body = average_body("female", 14.0)
    traits = {trait.name: trait.mean for trait in TRAITS} | {"shoulder_tilt_deg": SHOULDER_TILT_DEG}
    loop = next(loop for loop in captured_loops() if loop.name == LOOP)
    looks = draw_appearance(np.random.default_rng(SEED))
    return FilmedWalker(body, traits, looks, film_camera(body.stature_m, ROLL_DEG), loop)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--picture", type=Path, help="a PNG of both videos with the joints that the chain finds")
    parser.add_argument("--walks", type=Path, help="a folder for there.npz and back.npz: what the chain reads")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    walker = captured_person()
    for number, name in enumerate(("there", "back")):
        filmed = walker.film(name == "there", RATE_HZ, seed=SEED + number)
        with video_file(folder / f"{name}.mp4", walker.camera.frame_size_px, RATE_HZ) as video:
            for time_s, picture in zip(filmed.time_s.tolist(), filmed.pictures(), strict=True):
                video.add(time_s, picture)
    for pair in ("shoulders", "hips"):
        print(f"true tilt of the {pair}: {np.rad2deg(walker.truth[PAIR_NAMES.index(pair), 2]):+.2f} degrees")
    print(f"true roll of the camera: {ROLL_DEG:+.2f} degrees\n{folder}: there.mp4, back.mp4")
    videos = [folder / "there.mp4", folder / "back.mp4"]
    if options.walks is not None:
        write_walks(videos, options.walks)
    if options.picture is not None:
        draw_seen(videos, options.picture)


def write_walks(videos: list[Path], out: Path) -> None:
    """What the chain reads of the videos, which says of itself that it was rendered."""
    out.mkdir(parents=True, exist_ok=True)
    for video, way in zip(videos, ("towards the camera", "away from the camera"), strict=True):
        walk = read_video(video)
        origin = {
            "title": f"a drawn figure walks {way} (rendered, no person)",
            "source": f"tools/film_captured_walker.py: captured walk {LOOP} of mocap.cs.cmu.edu on a drawn figure",
            "licence": "Apache-2.0; the captured walk: free for all uses, not to be resold itself",
            "rendered": "yes",
            "planted_shoulder_tilt_deg": f"{SHOULDER_TILT_DEG:g}",
            "planted_hip_tilt_deg": "0",
            "planted_camera_roll_deg": f"{ROLL_DEG:g}",
        }
        known = replace(
            walk,
            walk_id=f"rendered_{video.stem}",
            source=video.name,
            origin={**walk.origin, **origin},
            notes=(RENDERED_NOTE, *walk.notes),
        )
        write_walk(out / f"{video.stem}.npz", known)


def draw_seen(videos: list[Path], out: Path) -> None:
    """Four pictures of each video, cut to the walker, with the joints and limbs that were found."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.25), layout="constrained")
    axes = iter(figure.subplots(1, 2 * N_SHOWN))
    for path, way in zip(videos, ("towards", "away"), strict=True):
        poses = read_video(path).poses
        assert poses is not None
        with open_video(path) as video:
            pictures = [picture.rgb for picture in video]
        frames = np.flatnonzero((poses[..., 2] > 0).all(axis=1))
        for frame in frames[np.linspace(2, len(frames) - 3, N_SHOWN).astype(int)].tolist():
            panel = next(axes)
            panel.imshow(pictures[frame])
            _draw_pose(panel, poses[frame])
            panel.set_title(f"{way}, {frame / RATE_HZ:.1f} s", fontsize=9)
    figure.suptitle("Rendered, no person: captured movement on a drawn figure", fontsize=10)
    figure.savefig(out, dpi=110)


def _draw_pose(panel: Axes, pose: NDArray[np.float32]) -> None:
    for first, second in LIMBS:
        colour = colour_of_limb(first, second)
        panel.plot(*pose[[first, second], :2].T, color=colour, linewidth=1.6)
    for joint, (x, y, _) in enumerate(pose.tolist()):
        panel.plot(x, y, "o", color=colour_of_joint(joint), markersize=2.5)
    (left, top), (right, bottom) = pose[:, :2].min(axis=0), pose[:, :2].max(axis=0)
    half = 0.62 * (bottom - top)
    panel.set_xlim((left + right) / 2 - half / 2, (left + right) / 2 + half / 2)
    panel.set_ylim((top + bottom) / 2 + half, (top + bottom) / 2 - half)
    panel.axis("off")


if __name__ == "__main__":
    main()
