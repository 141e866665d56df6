"""Every reader of walks, against what was written, the recordings of OpenGait's reading, and bad input."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from PIL import Image

from motion_files import travelling, write_c3d, write_trc
from recorded import recorded_arrays, recorded_facts
from scoliogait.data.partition import Partition, read_partition, write_partition
from scoliogait.data.store import write_store
from scoliogait.data.tree_check import check_trees
from scoliogait.errors import DataError
from scoliogait.io.native import write_walk
from scoliogait.io.read import FORMATS, Format, format_of, read_walk
from scoliogait.representation.silhouette import align_silhouettes
from scoliogait.skeleton import JOINT_NAMES
from scoliogait.walk import Walk
from trees import noisy_poses, read_trees, silhouettes, write_array_pickle
from videos import grey_ramp, write_video

POSES = noisy_poses(4, n_frames=6)
MASKS = silhouettes(5, n_frames=6, size=96)


def write_native(folder: Path) -> Path:
    write_walk(folder / "walk.npz", Walk(poses=POSES, silhouettes=MASKS))
    return folder / "walk.npz"


def write_pickle(folder: Path) -> Path:
    write_array_pickle(folder / "walk.pkl", POSES)
    return folder / "walk.pkl"


def write_pickles(folder: Path) -> Path:
    write_array_pickle(folder / "walk" / "0_pose.pkl", POSES)
    write_array_pickle(folder / "walk" / "1_sil.pkl", MASKS)
    return folder / "walk"


def write_openpose(folder: Path) -> Path:
    # COCO-18: nose, neck, then right before left; the neck is no COCO-17 joint
    rows = [0, 0, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3]
    (folder / "walk").mkdir(parents=True)
    for frame, pose in enumerate(POSES):
        people = [{"pose_keypoints_2d": pose[rows].ravel().tolist()}]
        (folder / "walk" / f"{frame:03d}_keypoints.json").write_text(json.dumps({"people": people}))
    return folder / "walk"


def write_coco(folder: Path) -> Path:
    entries = [
        {"image_id": frame, "category_id": 1, "keypoints": pose.ravel().tolist(), "score": 1.0}
        for frame, pose in enumerate(POSES)
    ]
    return write_text(folder / "walk.json", json.dumps(entries))


def write_mmpose(folder: Path) -> Path:
    frames = [
        {"frame_id": frame, "instances": [{"keypoints": pose[:, :2].tolist(), "keypoint_scores": pose[:, 2].tolist()}]}
        for frame, pose in enumerate(POSES, 1)
    ]
    meta = {"keypoint_id2name": dict(enumerate(JOINT_NAMES))}
    return write_text(folder / "walk.json", json.dumps({"meta_info": meta, "instance_info": frames}))


def write_mmpose_pictures(folder: Path) -> Path:
    (folder / "walk").mkdir()
    for frame, pose in enumerate(POSES):
        people = [{"keypoints": pose[:, :2].tolist(), "keypoint_scores": pose[:, 2].tolist()}]
        write_text(folder / "walk" / f"{frame:04d}.json", json.dumps(people))
    return folder / "walk"


def write_rtmlib(folder: Path) -> Path:
    np.savez(folder / "walk.npz", keypoints=POSES[:, None, :, :2], scores=POSES[:, None, :, 2])
    return folder / "walk.npz"


def write_blazepose(folder: Path) -> Path:
    np.savez(folder / "walk.npz", landmarks=landmarks())
    return folder / "walk.npz"


def landmarks() -> np.ndarray:
    """MediaPipe's 33 in px: x, y, z, visibility; those beyond COCO-17 are not seen."""
    points = np.zeros((len(POSES), 33, 4), dtype=np.float32)
    columns = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
    points[:, columns] = np.insert(POSES, 2, -0.1, axis=2)
    return points


def write_csv(folder: Path) -> Path:
    names = [f"{axis}{joint}" for joint in range(33) for axis in "xyzv"]
    rows = [",".join(map(repr, row)) for row in landmarks().reshape(len(POSES), -1).tolist()]
    return write_text(folder / "walk.csv", "\n".join([",".join(names), *rows]) + "\n")


def write_dlc(folder: Path) -> Path:
    columns = [(name, coordinate) for name in JOINT_NAMES for coordinate in ("x", "y", "likelihood")]
    header = [["scorer", *("net" for _ in columns)], ["bodyparts", *(name for name, _ in columns)]]
    rows = [[frame, *pose.ravel().tolist()] for frame, pose in enumerate(POSES)]
    lines = [*header, ["coords", *(coordinate for _, coordinate in columns)], *rows]
    return write_text(folder / "walk.csv", "\n".join(",".join(map(str, line)) for line in lines))


def write_sleap(folder: Path) -> Path:
    with h5py.File(folder / "walk.h5", "w") as file:
        file["tracks"] = POSES[None, ..., :2].transpose(0, 3, 2, 1)
        file["point_scores"] = POSES[None, ..., 2].transpose(0, 2, 1)
        file["node_names"] = list(JOINT_NAMES)
    return folder / "walk.h5"


def write_anipose(folder: Path) -> Path:
    facts = ("x", "y", "z", "ncams", "score")
    header = ["fnum", *(f"{name}_{fact}" for name in JOINT_NAMES for fact in facts)]
    rows = [
        [frame, *(v for place in places.tolist() for v in (*place, 2, 1))] for frame, places in enumerate(travelling())
    ]
    return write_text(folder / "walk.csv", "\n".join(",".join(map(str, line)) for line in [header, *rows]))


def write_text(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def write_pictures(folder: Path) -> Path:
    (folder / "walk").mkdir(parents=True)
    for frame, mask in enumerate(MASKS):
        Image.fromarray(mask).save(folder / "walk" / f"{frame:03d}.png")
    return folder / "walk"


# format -> (writes POSES and MASKS as far as the format can hold them, what comes back)
# "places" are joints in 3-D, whose picture from the front ``test_motion_files.py`` compares
WRITERS: dict[str, tuple[Callable[[Path], Path], set[str]]] = {
    "rtmlib": (write_rtmlib, {"poses"}),
    "blazepose-npz": (write_blazepose, {"poses"}),
    "native": (write_native, {"poses", "silhouettes"}),
    "opengait-pickle": (write_pickle, {"poses"}),
    "opengait-folder": (write_pickles, {"poses", "silhouettes"}),
    "openpose-json": (write_openpose, {"poses"}),
    "coco-results": (write_coco, {"poses"}),
    "mmpose-folder": (write_mmpose_pictures, {"poses"}),
    "mmpose": (write_mmpose, {"poses"}),
    "dlc-csv": (write_dlc, {"poses"}),
    "hdf5": (write_sleap, {"poses"}),
    "anipose-csv": (write_anipose, {"places"}),
    "wide-csv": (write_csv, {"poses"}),
    "trc": (lambda folder: write_trc(folder / "walk.trc", travelling()), {"places"}),
    "c3d": (lambda folder: write_c3d(folder / "walk.c3d", travelling()), {"places"}),
    "silhouette-png": (write_pictures, {"silhouettes"}),
    "video": (lambda folder: write_video(folder / "walk.mp4", [grey_ramp(i) for i in range(12)]), {"nobody"}),
}


def class_of(walk: Walk) -> str | None:
    return None if walk.label is None else walk.label.spelling


def test_every_reader_is_listed_here() -> None:
    assert [known.name for known in FORMATS] == list(WRITERS)


@pytest.fixture(params=FORMATS, ids=lambda known: known.name)
def known(request: pytest.FixtureRequest) -> Format:
    format_: Format = request.param
    return format_


def files_of(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.iterdir())


def test_what_was_written_is_read(tmp_path: Path, known: Format) -> None:
    write, holds = WRITERS[known.name]
    path = write(tmp_path)
    before = [file.read_bytes() for file in files_of(path)]
    assert format_of(path) is known
    if "nobody" in holds:
        with pytest.raises(DataError, match="no frame shows a person"):
            read_walk(path)
        return
    walk = read_walk(path)
    assert [file.read_bytes() for file in files_of(path)] == before
    if "places" in holds:
        assert walk.poses is not None
        assert (walk.poses[..., 2] == 1).all()
    else:
        np.testing.assert_equal(walk.poses, POSES if "poses" in holds else None)
    np.testing.assert_equal(walk.silhouettes, MASKS if "silhouettes" in holds else None)
    assert walk.label is None
    assert not walk.silhouettes_aligned
    assert path.name.startswith("walk")
    assert str(path) in walk.source or walk.source in str(path)
    assert read_walk(path, walk_id="other").walk_id == "other"
    for array in (walk.poses, walk.silhouettes):
        assert array is None or not array.flags.writeable


def test_damage_to_any_file_is_one_line_that_names_it(tmp_path: Path, known: Format) -> None:
    path = WRITERS[known.name][0](tmp_path)
    file = files_of(path)[-1]
    content = file.read_bytes()
    for damaged in (b"", b"\0" * 40, b"no walk at all\n", content[: len(content) // 3], content[:4]):
        file.write_bytes(damaged)
        with pytest.raises(DataError) as caught:
            read_walk(path)
        assert file.name in str(caught.value)
        assert "\n" not in str(caught.value).strip()
        assert len(str(caught.value).split(": ", 1)[1]) > 10


CASES = recorded_facts("silhouettes.json")["cases"]
PICTURES = recorded_arrays("silhouettes.npz")


# Where we depart from the original, which takes text order and grey values as they come.
DEPARTURES = {"name_order", "values_0_1", "colour_png"}


def write_recorded_pictures(folder: Path, name: str) -> np.ndarray:
    case = CASES[name]
    frames = PICTURES[f"{case['frames']}/frames"]
    names = case["file_names"] or [f"{index:04d}.png" for index in range(len(frames))]
    for file_name, frame in zip(names, frames, strict=True):
        cv2.imwrite(str(folder / file_name), frame)
    return frames


def test_where_the_original_misreads_pictures_we_say_what_we_read(tmp_path: Path) -> None:
    for name, words in (
        ("name_order", "names as text are in another order"),
        ("values_0_1", "values 0 and 1 were read as 0 and 255"),
        ("colour_png", "differs between pictures"),
    ):
        (tmp_path / name).mkdir()
        frames = write_recorded_pictures(tmp_path / name, name)
        walk = read_walk(tmp_path / name)
        shown = frames > 0 if frames.ndim == 3 else (frames > 0).any(axis=3)
        np.testing.assert_array_equal(walk.silhouettes, np.where(shown, 255, 0))
        (note,) = (note for note in walk.notes if note not in walk.doubts)
        assert words in note


@pytest.mark.parametrize("name", [name for name in CASES if name not in DEPARTURES])
def test_pictures_are_read_in_the_recorded_order(tmp_path: Path, name: str) -> None:
    case, expected = CASES[name], PICTURES.get(f"{name}/out")
    frames = write_recorded_pictures(tmp_path, name)
    walk = read_walk(tmp_path)
    assert not [note for note in walk.notes if note not in walk.doubts]
    read = walk.silhouettes
    assert read is not None
    if frames.ndim == 3:
        np.testing.assert_array_equal(read, frames[case["processing_order"]])
    aligned, kept = align_silhouettes(read, case["img_size"])
    assert [case["processing_order"][index] for index in kept] == case["kept_input_index"]
    if expected is not None:
        assert aligned.shape == expected.shape
        assert (np.abs(aligned.astype(int) - expected) <= 2).mean() > 0.99


DATASET = recorded_facts("sampling.json")["dataset"]


def write_recorded_tree(root: Path) -> None:
    for id_, class_name, view, file_name, n_frames in DATASET["tree"]:
        folder = root / id_ / class_name / view
        folder.mkdir(parents=True)
        if file_name is not None:
            write_array_pickle(folder / file_name, silhouettes(int(f"{id_}{view}"), n_frames))


@pytest.mark.parametrize("side", ["train", "test"])
def test_a_tree_gives_the_recorded_walks_of_each_side(tmp_path: Path, side: str) -> None:
    write_recorded_tree(tmp_path / "tree")
    walks = list(read_trees([tmp_path / "tree"], on_problem=lambda problem: None))
    store = write_store(tmp_path / "store", walks, {})
    # the original leaves out ids without a folder; so do we here, after having listed them (next test)
    wanted = [i for i in DATASET["partition"][f"{side.upper()}_SET"] if i in store.tree_ids]
    read = [store.walk(index) for index in store.indices_of(wanted)]
    recorded = DATASET[side]
    ids = [label.removeprefix("Scoliosis1K-") for label in recorded["label_list"]]
    assert [walk.origin.get("tree_id", walk.walk_id) for walk in read] == ids
    assert [class_of(walk) for walk in read] == recorded["types_list"]
    assert [walk.view for walk in read] == recorded["views_list"]
    n_frames = {(id_, view): n for id_, _, view, _, n in DATASET["tree"]}
    assert [walk.n_frames for walk in read] == [n_frames[key] for key in zip(ids, recorded["views_list"], strict=True)]


def test_what_the_original_passes_over_in_silence_is_listed(tmp_path: Path) -> None:
    write_recorded_tree(tmp_path / "tree")
    sets = DATASET["partition"]
    write_partition(tmp_path / "p.json", Partition("p", tuple(sets["TRAIN_SET"]), tuple(sets["TEST_SET"])))
    listed = check_trees([tmp_path / "tree"], read_partition(tmp_path / "p.json"))
    problems = [
        problem for problem in listed if problem.kind != "not-screenable"
    ]  # these walks have ten frames at most
    assert [problem.kind for problem in problems] == ["empty-folder", "missing-walk", "not-in-partition"]
    for problem, words in zip(problems, ("900_180", ": 55555;", ": 99999;"), strict=True):
        assert words in str(problem)


@pytest.mark.parametrize("channels", ["c1", "c2"])
def test_the_recorded_test_walks_are_read_as_they_were_pickled(tmp_path: Path, channels: str) -> None:
    walks = {k: v for k, v in recorded_arrays("end_to_end_test.npz").items() if k.startswith(f"{channels}/sequence/")}
    assert len(walks) == 10
    for key, frames in walks.items():
        id_, class_name, view = key.split("/")[-1].split("-")
        write_array_pickle(tmp_path / id_ / class_name / view / f"{view}.pkl", frames)
        walk = read_walk(tmp_path / id_ / class_name / view / f"{view}.pkl")
        np.testing.assert_array_equal(walk.silhouettes if channels == "c1" else walk.skeleton_maps, frames)
        assert (walk.walk_id, class_of(walk), walk.view) == (id_, class_name, view)
        assert walk.silhouettes_aligned == (channels == "c1")
