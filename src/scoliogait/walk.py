"""Walk: one person, one recording. The unit that everything else takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoliogait.errors import DataError
from scoliogait.labels import ScreeningClass, parse_class
from scoliogait.limits import (
    MAX_FRAME_RATE_HZ,
    MAX_FRAMES,
    MAX_SIDE_PX,
    MAX_TEXT_CHARACTERS,
    MIN_FRAME_RATE_HZ,
)
from scoliogait.long_frames import in_pieces, is_fixed, is_kept, kept
from scoliogait.plain_text import escaped, is_plain, is_storable
from scoliogait.skeleton import JOINT_NAMES, N_JOINTS

# Of a PAV: pairs of joints from the eyes down to the ankles; vertical, midline, angular asymmetry.
N_PAIRS_BY_METRICS = (8, 3)
# Of a mirror difference: heights and midlines of the same pairs.
MIRROR_SHAPE = (8, 2)
# Bands of height, from chin to crotch, in which left and right of a silhouette are compared.
N_OUTLINE_BANDS = 12
_MAX_ABSOLUTE_PX = 1e6
# Poses of a longer walk, of some 82,000 frames, lie in a file: where sides are put right they come twice.
_MOST_POSES_BYTES = 16 << 20
# Peaks of estimators' heatmaps, which serve as confidence, run a little above 1. A percentage or a pixel does not pass.
_MAX_CONFIDENCE = 2.0
# A note that begins like this makes a result doubtful. It is kept in the text, so every file that keeps notes keeps it.
DOUBT = "Doubtful: "


def doubt_sentence(note: str) -> str:
    """A note that begins with ``DOUBT`` as a sentence of its own."""
    words = note.removeprefix(DOUBT)
    return f"{words[:1].upper()}{words[1:]}"


@dataclass(frozen=True)
class PeopleSeen:
    """Who else was in the recording, and why this person was taken for its walker.

    n_people: people followed, the walker included. n_frames_together: frames that show two or more of them.
    walker: number of the walker among them, 1 for the one farthest to the left. walker_frames: frames that show them.
    reason: why this one. listed: one line each, as far as they are few. doubts: why the choice, or who is seen in some
    frames, is not certain; one sentence each.
    """

    n_people: int
    n_frames_together: int
    walker: int
    walker_frames: int
    reason: str
    listed: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What was seen, in one sentence."""
        if self.n_people == 1:
            return f"One person was seen, in {self.walker_frames} frames."
        return (
            f"{self.n_people} people were seen, in {self.n_frames_together} frames together; the walker is person "
            f"{self.walker}, in {self.walker_frames} frames ({self.reason}). From left to right: "
            f"{'; '.join(self.listed)}."
        )


def people_seen(values: Mapping[str, Any]) -> PeopleSeen:
    """PeopleSeen from plain values, as JSON gives them back; TypeError when a field is missing or of another kind."""
    seen = PeopleSeen(**values)
    numbers = (seen.n_people, seen.n_frames_together, seen.walker, seen.walker_frames)
    sentences = (seen.reason, *seen.listed, *seen.doubts)
    if not all(type(number) is int for number in numbers) or not all(isinstance(text, str) for text in sentences):
        raise TypeError("a number or a sentence has another type")
    return replace(seen, listed=tuple(seen.listed), doubts=tuple(seen.doubts))


@dataclass(frozen=True, eq=False)
class Walk:
    """One recording of one person. It is frozen, its arrays are read-only, and it cannot exist in a bad state.

    poses: float32 (T, 17, 3) = x px (right), y px (down), confidence 0..1, in COCO-17 order. A missing joint has
        confidence 0. Any real dtype is taken and stored as float32; NaN and infinite values are refused.
    silhouettes: uint8 (S, H, W), 0 background to 255 person. S may differ from T: alignment drops empty frames.
    silhouettes_aligned: True when the frames are already cropped and centred (64-px exports of Scoliosis1K).
    skeleton_maps: uint8 (M, 2, S, S), a foreign export (limb, joint), kept so that a checkpoint can be tested on it.
    asymmetry: float32 (8, 3), the PAV of such an export, in that export's own normalisation.
    mirror_difference: float32 (8, 2), of poses from a network that looked at each picture and its mirror image: how far
        both runs differ in heights and midlines of each pair, 1/128 of the body's height (``mirror_difference.py``).
    frame_rate_hz, view, label, subject_id, frame_size_px (width, height): None where unknown.
    source: where the walk comes from, for messages and reports. origin: further facts (licence, simulated, ...).
    people: who else was in the recording, where its format holds several people.
    notes: what its reader changed or could not be sure of, one sentence each; ``doubts`` are those that begin with
        "Doubtful: ", and make a result inconclusive.

    Raises DataError when nothing is recorded, or an array has a wrong shape, dtype or value.
    """

    walk_id: str = "walk"
    poses: NDArray[np.float32] | None = None
    silhouettes: NDArray[np.uint8] | None = None
    frame_rate_hz: float | None = None
    view: str | None = None
    label: ScreeningClass | None = None
    subject_id: str | None = None
    frame_size_px: tuple[int, int] | None = None
    source: str = "memory"
    silhouettes_aligned: bool = False
    skeleton_maps: NDArray[np.uint8] | None = None
    asymmetry: NDArray[np.float32] | None = None
    origin: Mapping[str, str] = field(default_factory=dict)
    people: PeopleSeen | None = None
    notes: tuple[str, ...] = ()
    mirror_difference: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        where = f"{self.source}: walk {self.walk_id!r}"
        if not isinstance(self.walk_id, str) or not self.walk_id:
            raise DataError(f"{where}: walk_id must be a non-empty string")
        for name in ("walk_id", "subject_id", "view"):
            _check_name(getattr(self, name), f"{where}: {name}")
        if self.poses is None and self.silhouettes is None and self.skeleton_maps is None:
            raise DataError(f"{where}: holds no poses, no silhouettes and no skeleton maps; at least one is needed")
        if self.poses is not None:
            self._set("poses", check_poses(self.poses, where))
        if self.silhouettes is not None:
            self._set("silhouettes", check_frames(self.silhouettes, "silhouettes", 3, where))
        if self.skeleton_maps is not None:
            self._set("skeleton_maps", check_frames(self.skeleton_maps, "skeleton_maps", 4, where))
        if self.asymmetry is not None:
            self._set("asymmetry", _check_numbers(self.asymmetry, "the PAV", N_PAIRS_BY_METRICS, where))
        if self.mirror_difference is not None:
            sizes = _check_numbers(self.mirror_difference, "the mirror difference", MIRROR_SHAPE, where)
            if sizes.min() < 0:
                raise DataError(f"{where}: the mirror difference reaches {sizes.min():g}; expected sizes from 0 on")
            self._set("mirror_difference", sizes)
        if self.frame_rate_hz is not None and not MIN_FRAME_RATE_HZ <= self.frame_rate_hz < MAX_FRAME_RATE_HZ:
            raise DataError(
                f"{where}: frame_rate_hz is {self.frame_rate_hz}; expected {MIN_FRAME_RATE_HZ:g} or more and less than "
                f"{MAX_FRAME_RATE_HZ:g} pictures a second, or None"
            )
        if isinstance(self.label, str):
            self._set("label", parse_class(self.label, f"{where}: label"))
        elif self.label is not None:
            try:
                self._set("label", ScreeningClass(self.label))
            except ValueError:
                raise DataError(f"{where}: label is {self.label!r}; expected a ScreeningClass, 0..2, or None") from None
        if self.frame_size_px is not None and not _is_frame_size(self.frame_size_px):
            raise DataError(
                f"{where}: frame_size_px is {self.frame_size_px}; expected (width, height) in pixels, or None"
            )
        self._set("origin", _checked_origin(self.origin, where))
        self._set("notes", tuple(map(escaped, self.notes)))  # they name files, and a name may hold anything

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @property
    def n_frames(self) -> int:
        """Frames of the pose sequence, else of the silhouettes, else of the exported maps."""
        for frames in (self.poses, self.silhouettes, self.skeleton_maps):
            if frames is not None:
                return len(frames)
        raise AssertionError("a Walk always holds one modality")

    @property
    def doubts(self) -> tuple[str, ...]:
        """The notes that make a result doubtful, as they stand among the notes."""
        return tuple(note for note in self.notes if note.startswith(DOUBT))

    @property
    def is_of_video(self) -> bool:
        """Whether its joints were found in the pictures of a video or camera, as its reader says in ``origin``."""
        return "backend" in self.origin

    def with_changes(self, **changes: Any) -> Walk:
        """A copy with some fields replaced; it passes the same checks."""
        return replace(self, **changes)

    def __reduce__(self) -> tuple[Any, ...]:
        # The read-only mapping cannot be pickled, and data-loading processes pass walks along.
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _rebuild, (values | {"origin": dict(self.origin)},)


def _check_name(name: Any, where: str) -> None:
    """Ids are printed, compared and written to files: DataError for what a terminal or UTF-8 could not take."""
    if name is None:
        return
    if not isinstance(name, str) or not is_plain(name) or len(name) > MAX_TEXT_CHARACTERS:
        shown = repr(name)[:80]
        raise DataError(f"{where} is {shown}; expected text without control characters; rename it")


def _is_frame_size(size: tuple[int, int]) -> bool:
    return len(size) == 2 and all(0 < side <= MAX_SIDE_PX for side in size)


def _checked_origin(origin: Mapping[str, str], where: str) -> Mapping[str, str]:
    if not all(is_storable(f"{key}{value}") for key, value in origin.items()):
        raise DataError(f"{where}: origin holds text that UTF-8 cannot hold (half a code point); write it again")
    return MappingProxyType(dict(origin))


def _rebuild(values: dict[str, Any]) -> Walk:
    return Walk(**values)


def check_poses(poses: ArrayLike, where: str) -> NDArray[np.float32]:
    """Read-only float32 (T, 17, 3): a copy, unless nobody can write. DataError names what is wrong with it."""
    array = np.asarray(poses)
    if array.dtype.kind not in "fiu":
        raise DataError(f"{where}: poses have dtype {array.dtype}; expected real numbers")
    if array.ndim != 3 or array.shape[1:] != (N_JOINTS, 3):
        raise DataError(f"{where}: poses have shape {array.shape}; expected (frames, {N_JOINTS}, 3) = x, y, confidence")
    if len(array) == 0:
        raise DataError(f"{where}: poses hold no frame")
    if len(array) > MAX_FRAMES:
        raise DataError(f"{where}: poses hold {len(array):,} frames; at most {MAX_FRAMES:,} are taken, give a part")
    with np.errstate(over="ignore"):  # a number that float32 cannot hold becomes infinite, and is refused below
        array = array.astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        frame, joint, _ = np.argwhere(~np.isfinite(array))[0]
        raise DataError(
            f"{where}: poses hold NaN or infinite values, first at frame {frame}, joint {JOINT_NAMES[joint]}; "
            "write a missing joint as 0, 0, confidence 0"
        )
    confidence = array[..., 2]
    if confidence.min() < 0 or confidence.max() > _MAX_CONFIDENCE:
        raise DataError(
            f"{where}: confidences range from {confidence.min():g} to {confidence.max():g}; "
            "expected 0..1, in the last column"
        )
    if np.abs(array[..., :2]).max() > _MAX_ABSOLUTE_PX:
        raise DataError(f"{where}: coordinates reach {np.abs(array[..., :2]).max():g}; expected pixels")
    if is_kept(array, _MOST_POSES_BYTES) and array.flags.c_contiguous:
        return array
    return kept(in_pieces(array), array.shape, array.dtype, _MOST_POSES_BYTES)


def check_frames(frames: ArrayLike, name: str, ndim: int, where: str) -> NDArray[np.uint8]:
    """Read-only uint8 silhouettes (ndim 3) or exported maps (ndim 4, 2 channels): a copy, unless nobody can write."""
    array = np.asarray(frames)
    expected = "(frames, height, width)" if ndim == 3 else "(frames, 2, size, size)"
    if array.ndim != ndim or (ndim == 4 and array.shape[1] != 2):
        raise DataError(f"{where}: {name} have shape {array.shape}; expected {expected}")
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if array.dtype != np.uint8:
        raise DataError(f"{where}: {name} have dtype {array.dtype}; expected uint8, 0..255")
    if array.size == 0:
        raise DataError(f"{where}: {name} of shape {array.shape} hold no pixel; expected at least one frame")
    if not is_fixed(array):
        array = np.array(array)
        array.setflags(write=False)
    return array


def _check_numbers(values: ArrayLike, name: str, shape: tuple[int, int], where: str) -> NDArray[np.float32]:
    array = np.asarray(values)
    if array.dtype.kind in "fiu" and array.shape == shape:
        with np.errstate(over="ignore"):
            array = np.array(array, dtype=np.float32)
    if array.dtype != np.float32 or array.shape != shape or not np.isfinite(array).all():
        raise DataError(
            f"{where}: {name} has shape {array.shape} and dtype {array.dtype}, or holds NaN; expected "
            f"{shape} finite values"
        )
    array.setflags(write=False)
    return array
