"""Writes the small files of ``tests/program_files`` with the programs that people use, from two drawn people.

Run in an environment that has the program in question; nothing of scoliogait is needed:

    python tools/write_program_files.py pose2sim --checkout DIR      (a clone of perfanalytics/pose2sim)

``--checkout`` is for programs that do not install everywhere: the one function that writes their files is taken from a
clone and run as it stands. Frames 10 and 11 show no one.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[1] / "tests" / "program_files"
EMPTY = (10, 11)
PARTS = ("Eye", "Ear", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")
COCO_17 = ("nose", *(f"{side}_{part.lower()}" for part in PARTS for side in ("left", "right")))
SHOULDERS, HIPS, ANKLES = (5, 6), (11, 12), (15, 16)


def people_of_frames() -> list[np.ndarray]:
    """(P, 17, 3) of each frame; in every other one the bystander comes first."""
    with np.load(FOLDER / "people.npz") as stored:
        both = np.stack([stored["walker"], stored["bystander"]], axis=1)
    return [pair[:0] if frame in EMPTY else pair[:: 1 - 2 * (frame % 2)] for frame, pair in enumerate(both)]


def halpe_26(person: np.ndarray) -> np.ndarray:
    """26 joints of a person (17, 3): head, neck, middle of the hips, toes and heels are drawn beside the others."""
    middle = [person[list(pair)].mean(axis=0) for pair in (SHOULDERS, HIPS)]
    head = person[0] - np.array([0, 14, 0], dtype=np.float32)
    feet = [person[ankle] + np.array([dx, 7, 0], np.float32) for dx in (-3, 3, 0) for ankle in ANKLES]
    return np.stack([*person, head, *middle, *feet]).astype(np.float32)


def taken_from(source: Path, name: str, **names: Any) -> Callable[..., Any]:
    """The function ``name`` of a source file, with these names beside it and without the imports of the file."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    space: dict[str, Any] = {"np": np, "os": os, "json": json, "Path": Path, **names}
    exec(compile(ast.Module([function], []), str(source), "exec"), space)
    return space[name]


def pose2sim(checkout: Path) -> None:
    save = taken_from(checkout / "Pose2Sim" / "poseEstimation.py", "save_to_openpose")
    _pose2sim_trc(checkout)
    for frame, people in enumerate(people_of_frames()):
        points = np.stack([halpe_26(person) for person in people]) if len(people) else np.zeros((0, 26, 3))
        save(FOLDER / "pose2sim" / f"walk_{frame:06d}.json", points[..., :2], points[..., 2])


def _pose2sim_trc(checkout: Path) -> None:
    """A captured walk of 50 frames at 30 Hz and 1.2 m/s; the left elbow is missing in frame 5."""
    pandas = import_module("pandas")

    joints = captured_walk()[:50]
    joints[5, 7] = np.nan
    y_up_to_z_up = joints[..., [2, 0, 1]].reshape(len(joints), -1)
    places = pandas.DataFrame(y_up_to_z_up, index=range(100, 100 + len(joints)))
    turn = taken_from(checkout / "Pose2Sim" / "common.py", "zup2yup", pd=pandas)
    names = ["Nose", *(f"{side}{part}" for part in PARTS for side in "LR")]
    write = taken_from(
        checkout / "Pose2Sim" / "triangulation.py", "make_trc", zup2yup=turn, is_video_file=lambda path: False
    )
    folder = FOLDER / "trc"
    folder.mkdir(exist_ok=True)
    written = write({"project": {"project_dir": str(folder), "frame_rate": 30}}, places, names)
    Path(written).replace(FOLDER / "pose2sim.trc")
    for empty in (folder / "pose-3d", folder):
        empty.rmdir()


def captured_walk() -> np.ndarray:
    """(T, 17, 3) in metres: x to the left, y up, z forward."""
    with np.load(FOLDER.parents[1] / "src" / "scoliogait" / "simulation" / "cmu_walks.npz") as packed:
        first = packed["tenths_of_mm"][: packed["n_frames"][0]] * 1e-4
    first[..., 2] += 1.2 / 30 * np.arange(len(first))[:, None]
    return first


def halpe_136(person: np.ndarray) -> np.ndarray:
    """The 26, and a face and two hands all of whose points lie at the nose and the wrists, to whole pixels."""
    nose, left_wrist, right_wrist = (np.round(person[[joint]]) for joint in (0, 9, 10))
    parts = nose.repeat(68, axis=0), left_wrist.repeat(21, axis=0), right_wrist.repeat(21, axis=0)
    return np.concatenate([halpe_26(person), *parts])


def alphapose(checkout: Path) -> None:
    save = taken_from(checkout / "alphapose" / "utils" / "pPose_nms.py", "write_json")
    for form in (None, "cmu", "open"):
        save(_alphapose_results(np.asarray), str(FOLDER), form=form, outputfile=f"alphapose-{form or 'results'}.json")
    save(_alphapose_results(halpe_136), str(FOLDER), outputfile="alphapose-halpe136.json")


def _alphapose_results(joints_of: Callable[[np.ndarray], np.ndarray]) -> list[dict[str, Any]]:
    return [
        {
            "imgname": f"{frame}.jpg",
            "result": [
                {"keypoints": p[:, :2], "kp_score": p[:, 2], "proposal_score": 2.8, "box": [0, 0, 9, 9], "idx": 1.0}
                for p in map(joints_of, people)
            ],
        }
        for frame, people in enumerate(people_of_frames())
        if len(people)
    ]


def mmpose(checkout: Path) -> None:
    json_tricks = import_module("json_tricks")

    list_of = {"InstanceData": object, "List": list}
    split = taken_from(checkout / "mmpose" / "structures" / "utils.py", "split_instances", **list_of)
    parse = taken_from(checkout / "mmpose" / "datasets" / "datasets" / "utils.py", "parse_pose_metainfo")
    config: dict[str, Any] = {}
    exec((checkout / "configs" / "_base_" / "datasets" / "halpe26.py").read_text(encoding="utf-8"), config)
    frames = []
    for frame, people in enumerate(people_of_frames()):
        points = np.stack([halpe_26(person) for person in people]) if len(people) else np.zeros((0, 26, 3))
        found = _Instances(keypoints=points[..., :2], keypoint_scores=points[..., 2])
        frames.append({"frame_id": frame + 1, "instances": split(found)})
    with (FOLDER / "mmpose-demo.json").open("w") as stream:
        json_tricks.dump({"meta_info": parse(config["dataset_info"]), "instance_info": frames}, stream, indent="\t")
    listed = [{"frame_id": entry["frame_id"] - 1, "instances": entry["instances"]} for entry in frames]
    (FOLDER / "mmpose-inferencer.json").write_text(json.dumps(listed, indent="\t"))
    _mmpose_pictures(split)


def _mmpose_pictures(split: Callable[..., Any]) -> None:
    """As the inferencer writes them for pictures, with the function that it calls (mmengine installs everywhere)."""
    dump = import_module("mmengine").dump
    (FOLDER / "mmpose-pictures").mkdir(exist_ok=True)
    for frame, people in enumerate(people_of_frames()):
        points = np.stack(people) if len(people) else np.zeros((0, 17, 3))
        found = _Instances(keypoints=points[..., :2], keypoint_scores=points[..., 2])
        dump(split(found), str(FOLDER / "mmpose-pictures" / f"{frame:06d}.json"), indent="  ")


class _Instances(SimpleNamespace):
    def __contains__(self, name: str) -> bool:
        return hasattr(self, name)


def coco(checkout: Path) -> None:
    """Written as the evaluation wants it, and loaded back by it: what it refuses is not kept."""
    entries = [
        {"image_id": frame, "category_id": 1, "keypoints": person.ravel().tolist(), "score": 0.9}
        for frame, people in enumerate(people_of_frames())
        for person in people
    ]
    path = FOLDER / "coco-results.json"
    path.write_text(json.dumps(entries))
    truth = import_module("pycocotools.coco").COCO()
    truth.dataset = {"images": [{"id": frame} for frame in range(24)], "categories": [{"id": 1}], "annotations": []}
    truth.createIndex()
    assert len(truth.loadRes(str(path)).anns) == len(entries)


def movement(checkout: Path) -> None:
    """DeepLabCut's table as text and in both forms of HDF5, Lightning Pose's, and SLEAP's analysis."""
    pandas = import_module("pandas")
    load_poses, save_poses = (import_module(f"movement.io.{name}_poses") for name in ("load", "save"))

    with np.load(FOLDER / "people.npz") as stored:
        both = np.stack([stored["walker"], stored["bystander"]], axis=-1)
    both[list(EMPTY)] = np.nan
    position, confidence = both[:, :, :2].transpose(0, 2, 1, 3), both[:, :, 2]
    data = load_poses.from_numpy(position, confidence, ["a", "b"], list(COCO_17), fps=30)
    for name in ("deeplabcut.csv", "deeplabcut.h5"):
        save_poses.to_dlc_file(data, FOLDER / name, split_individuals=False)
    table = pandas.read_hdf(FOLDER / "deeplabcut.h5")
    table.to_hdf(FOLDER / "deeplabcut-table.h5", key="df_with_missing", format="table", mode="w")
    save_poses.to_lp_file(data.isel(individuals=[0]), FOLDER / "lightning-pose.csv")
    save_poses.to_sleap_analysis_file(data, FOLDER / "sleap-analysis.h5")


def sleap(checkout: Path) -> None:
    """A project without tracks."""
    sleap_io = import_module("sleap_io")

    skeleton, video = sleap_io.Skeleton(list(COCO_17)), sleap_io.Video.from_filename("walk.mp4")
    instance = sleap_io.PredictedInstance.from_numpy
    frames = [
        sleap_io.LabeledFrame(
            video=video,
            frame_idx=frame,
            instances=[instance(p[:, :2], skeleton=skeleton, point_scores=p[:, 2], score=0.9) for p in people],
        )
        for frame, people in enumerate(people_of_frames())
        if len(people)
    ]
    sleap_io.Labels(frames).save(str(FOLDER / "sleap-untracked.slp"))


WRITERS = {
    "pose2sim": pose2sim,
    "alphapose": alphapose,
    "mmpose": mmpose,
    "coco": coco,
    "movement": movement,
    "sleap": sleap,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", choices=sorted(WRITERS))
    parser.add_argument("--checkout", type=Path, default=Path())
    asked = parser.parse_args()
    WRITERS[asked.program](asked.checkout)


if __name__ == "__main__":
    main()
