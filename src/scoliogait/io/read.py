"""``read_walk``: any readable file or folder in, one Walk out. The table below is the list of formats."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoliogait.errors import DataError
from scoliogait.io.anipose_csv import is_anipose_csv, read_anipose_csv
from scoliogait.io.backend_names import Backend, backend_named
from scoliogait.io.blazepose_npz import blazepose_recording, is_blazepose_archive, read_blazepose_npz
from scoliogait.io.c3d import read_c3d
from scoliogait.io.c3d_sections import is_c3d
from scoliogait.io.coco_json import coco_recording, is_coco_results, read_coco_results
from scoliogait.io.dlc_csv import dlc_csv_recording, is_dlc_csv, read_dlc_csv
from scoliogait.io.hdf5_nodes import is_hdf5
from scoliogait.io.hdf5_poses import hdf5_recording, read_hdf5
from scoliogait.io.mmpose_folder import is_mmpose_folder, mmpose_folder_recording, read_mmpose_folder
from scoliogait.io.mmpose_json import is_mmpose_output, mmpose_recording, read_mmpose
from scoliogait.io.native import read_native
from scoliogait.io.opengait_pickle import pickles_of, read_opengait_folder, read_opengait_pickle
from scoliogait.io.openpose_json import is_openpose_folder, openpose_recording, read_openpose_folder
from scoliogait.io.rtmlib_npz import is_rtmlib_archive, read_rtmlib, rtmlib_recording
from scoliogait.io.silhouette_png import read_silhouette_folder
from scoliogait.io.system_files import data_files
from scoliogait.io.trc import is_trc, read_trc
from scoliogait.io.walk_of_people import Recording
from scoliogait.io.wide_csv import is_wide_csv, read_wide_csv, wide_csv_recording
from scoliogait.limits import MAX_FRAME_RATE_HZ, MIN_FRAME_RATE_HZ
from scoliogait.memory import out_of_memory_in_one_line
from scoliogait.mistaken_path import result_file, what_it_is
from scoliogait.progress import Progress, no_progress
from scoliogait.video.camera import Camera
from scoliogait.video.container import SUFFIXES, is_video, suffix_of_hidden_video
from scoliogait.walk import Walk

if TYPE_CHECKING:
    from scoliogait.video.watched_video import KeepSeen

EMPTY_FOLDER = "is an empty folder; give the folder or the file of the recordings"


@dataclass(frozen=True)
class Format:
    """One way in which a walk can lie on disk.

    read: takes path and walk id, ``person`` (a number) where ``several_people`` may be in a recording, and ``layout``
        (a name) where it holds ``joints``.
    recording: gives everybody in a file of poses, before anyone asks who is who; None where there is one person.
    in_parts: whether ``read`` takes ``modalities`` too, and leaves the others on the disk.
    watched: whether ``read`` takes ``keep_seen`` and ``progress``, too: there are pictures to look at.
    frames_in: how the names of the files in a walk folder end, such as ``.png``; empty where a walk is a file.
    """

    name: str
    looks_like: str
    recognises: Callable[[Path], bool]
    read: Callable[..., Walk]
    recording: Callable[[Path], Recording] | None = None
    joints: bool = False
    in_parts: bool = False
    watched: bool = False
    frames_in: str = ""

    @property
    def several_people(self) -> bool:
        """Whether a recording may hold several people, of whom ``read`` takes the walker."""
        return self.recording is not None or self.watched


def _file(suffix: str) -> Callable[[Path], bool]:
    return lambda path: path.is_file() and path.suffix.lower() == suffix


def _folder_with(pattern: str) -> Callable[[Path], bool]:
    return lambda path: path.is_dir() and any(data_files(path, pattern))


def _read_video(*given: Any, **choices: Any) -> Walk:
    """``read_video``, loaded with all that looks at pictures when there are some."""
    from scoliogait.io.video_file import read_video

    return read_video(*given, **choices)


FORMATS: tuple[Format, ...] = (
    Format(
        "rtmlib",
        "a .npz file of keypoints and scores",
        is_rtmlib_archive,
        read_rtmlib,
        recording=rtmlib_recording,
        joints=True,
    ),
    Format(
        "blazepose-npz",
        "a .npz file of 33 landmarks",
        is_blazepose_archive,
        read_blazepose_npz,
        recording=blazepose_recording,
        joints=True,
    ),
    Format("native", "a .npz file", _file(".npz"), read_native, joints=True, in_parts=True),
    Format("opengait-pickle", "a .pkl file", _file(".pkl"), read_opengait_pickle, joints=True),
    Format(
        "opengait-folder",
        "a folder of .pkl files of one walk",
        lambda path: path.is_dir() and bool(pickles_of(path)),
        read_opengait_folder,
        joints=True,
        frames_in=".pkl",
    ),
    Format(
        "openpose-json",
        "a folder of OpenPose files (*_keypoints.json, or other names)",
        is_openpose_folder,
        read_openpose_folder,
        recording=openpose_recording,
        joints=True,
        frames_in=".json",
    ),
    Format(
        "coco-results",
        "a .json file of COCO results or AlphaPose",
        is_coco_results,
        read_coco_results,
        recording=coco_recording,
        joints=True,
    ),
    Format(
        "mmpose-folder",
        "a folder of MMPose files, one a picture",
        is_mmpose_folder,
        read_mmpose_folder,
        recording=mmpose_folder_recording,
        joints=True,
        frames_in=".json",
    ),
    Format("mmpose", "a .json file of MMPose", is_mmpose_output, read_mmpose, recording=mmpose_recording, joints=True),
    Format("dlc-csv", "a DeepLabCut table", is_dlc_csv, read_dlc_csv, recording=dlc_csv_recording, joints=True),
    Format("hdf5", "a SLEAP or DeepLabCut HDF5 file", is_hdf5, read_hdf5, recording=hdf5_recording, joints=True),
    Format("anipose-csv", "an Anipose 3-D table", is_anipose_csv, read_anipose_csv),
    Format(
        "wide-csv",
        "a table with x and y of each joint",
        is_wide_csv,
        read_wide_csv,
        recording=wide_csv_recording,
        joints=True,
    ),
    Format("trc", "a .trc file of joint centres", is_trc, read_trc),
    Format("c3d", "a .c3d file of joint centres", is_c3d, read_c3d),
    Format(
        "silhouette-png",
        "a folder of .png silhouettes",
        _folder_with("*.png"),
        read_silhouette_folder,
        frames_in=".png",
    ),
    Format(
        "video",
        "a video (.mp4, .mov, .mkv, .webm, .avi and others)",
        is_video,
        _read_video,
        watched=True,
    ),
)


def read_walk(
    path: str | Path | Camera,
    walk_id: str | None = None,
    person: int | None = None,
    frame_rate_hz: float | None = None,
    layout: str | None = None,
    modalities: Collection[str] | None = None,
    keep_seen: KeepSeen | None = None,
    progress: Progress = no_progress,
    backend: str | Backend | None = None,
) -> Walk:
    """Read one walk, whatever its format; of a camera, record one now.

    ``walk_id`` overrides the id that the file or its place in an OpenGait tree states. ``person`` chooses among the
    people of a recording, 1 for the one farthest to the left; without it the one who walks is taken (see
    ``choose_walker``). ``frame_rate_hz`` is for files that do not state it. ``layout`` names the order of the joints,
    such as "BODY_25B" (see ``layouts.LAYOUTS``); without it the poses decide. ``modalities``: of poses, silhouettes and
    skeleton_maps those that are wanted; the others are left out where the format can (``.npz``), and cost no memory.
    ``keep_seen`` is called with what was seen in a video (a ``WatchedVideo``): an overlay needs no second look.
    ``progress`` is called after each picture of a video, with what is known so far. ``backend`` says what finds people
    and joints in a video: ``"builtin"``, ``"onnx:pose.onnx"`` or ``"precomputed:poses.json"`` (see ``backend_named``).

    Raises DataError naming the file when it does not exist, is of no known format, is above a limit (see ``limits``) or
    cannot be read as one, when several people could be the walker, when the layout is unclear, when ``person`` is
    given for a format of one person, ``layout`` for one without joints, ``keep_seen`` or ``backend`` for one without
    pictures, and when the file states another frame rate; ModelError as ``backend_named`` does.
    """
    if isinstance(path, Camera):
        if layout is not None or frame_rate_hz is not None or keep_seen is not None:
            raise DataError(f"{path}: states its joints and its rate, and keeps no pictures; leave those out")
        return _read_video(path, walk_id, person, progress=progress, backend=backend_named(backend))
    path = Path(path)
    try:
        with out_of_memory_in_one_line(lambda which: _too_large(path, which)):
            walk = _read(path, walk_id, person, layout, modalities, keep_seen, progress, backend)
            walk = with_frame_rate(walk, frame_rate_hz)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); give a path that can be used") from error
    return walk if walk_id is None or walk.walk_id == walk_id else walk.with_changes(walk_id=walk_id)


def _too_large(path: Path, which: str) -> DataError:
    return DataError(f"{path}: takes more {which} than there is; give a shorter part or smaller pictures")


def _read(
    path: Path,
    walk_id: str | None,
    person: int | None,
    layout: str | None,
    modalities: Collection[str] | None,
    keep_seen: KeepSeen | None,
    progress: Progress,
    backend: str | Backend | None,
) -> Walk:
    if not _exists(path):
        raise DataError(f"{path}: does not exist; check the path")
    if not path.is_file() and not path.is_dir():  # it could give bytes for ever, or none
        raise DataError(f"{path}: is a pipe or a device and no file; save the recording as a file, and give that")
    known = format_of(path)
    if person is not None and not known.several_people:
        raise DataError(f"{path}: {known.looks_like} holds one person; leave out --person (person in Python)")
    if layout is not None and not known.joints and not (known.watched and backend is not None):
        raise DataError(f"{path}: {known.looks_like} holds no joints; leave out --joints (layout in Python)")
    if keep_seen is not None and not known.watched:
        raise DataError(
            f"{path}: {known.looks_like} holds no pictures of people; leave out --overlay (keep_seen in Python)"
        )
    if backend is not None and not known.watched:
        raise DataError(f"{path}: {known.looks_like} is no video; leave out --backend (backend in Python)")
    choices: dict[str, Any] = {"person": person} if known.several_people else {}
    choices |= {"layout": layout} if known.joints else {}
    choices |= {"modalities": modalities} if known.in_parts else {}
    if known.watched:
        choices |= {"keep_seen": keep_seen, "progress": progress, "backend": backend_named(backend, layout)}
    return known.read(path, walk_id, **choices)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except ValueError:  # a null character in it
        return False


def check_frame_rate(frame_rate_hz: float | None) -> None:
    """DataError for a rate that no walk can have, even where every walk states its own."""
    if frame_rate_hz is not None and not MIN_FRAME_RATE_HZ <= frame_rate_hz < MAX_FRAME_RATE_HZ:
        raise DataError(
            f"--frame-rate-hz {frame_rate_hz:g}: expected {MIN_FRAME_RATE_HZ:g} or more and less than "
            f"{MAX_FRAME_RATE_HZ:g} pictures a second"
        )


def with_frame_rate(walk: Walk, frame_rate_hz: float | None) -> Walk:
    """The walk with this frame rate, where it states none; DataError when it states another one."""
    check_frame_rate(frame_rate_hz)
    if frame_rate_hz is None or walk.frame_rate_hz == frame_rate_hz:
        return walk
    if walk.frame_rate_hz is not None:
        raise DataError(
            f"{walk.source}: states {walk.frame_rate_hz:g} frames a second, but {frame_rate_hz:g} were given; leave "
            "out --frame-rate-hz, or mend the file"
        )
    return walk.with_changes(frame_rate_hz=frame_rate_hz)


def is_walk(path: str | Path) -> bool:
    """Whether ``read_walk`` knows the format of this file or folder."""
    return known_format(Path(path)) is not None


def known_format(path: Path) -> Format | None:
    """The first format of the table that recognises the path."""
    return next((known for known in FORMATS if known.recognises(path)), None)


def format_of(path: Path) -> Format:
    """The same; DataError says what else it is, or lists the formats, when none recognises it."""
    video_suffix = suffix_of_hidden_video(path)
    if video_suffix is not None:
        raise DataError(
            f"{path}: is a video by its first bytes, but not by its name; rename it so that it ends with {video_suffix}"
        )
    known = known_format(path)
    if known is not None:
        return known
    ours = result_file(path)
    if ours is not None:
        raise DataError(f"{path}: is {ours} and no walk; give the walk that it is of")
    if path.is_dir() and path.suffix.lower() in SUFFIXES:
        raise DataError(f"{path}: {folder_named_like_a_video(path)}")
    if path.is_dir() and not any(path.iterdir()):
        raise DataError(f"{path}: {EMPTY_FOLDER}")
    it_is = what_it_is(path) if path.is_dir() else ""
    raise DataError(f"{path}: is not a walk{it_is}; expected {walk_formats()}")


def folder_named_like_a_video(folder: Path) -> str:
    """What to say of one in which no walk lies."""
    held = "nothing lies in it" if not any(folder.iterdir()) else "no walk lies in it"
    return f"is a folder that is named like a video, and {held}; give the video file itself"


def walk_formats() -> str:
    """What a walk looks like, of every format."""
    return ", or ".join(known.looks_like for known in FORMATS)
