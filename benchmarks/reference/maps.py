"""The contract of skeleton maps drawn the plain way: one frame, one joint, one limb at a time, in numpy and OpenCV.

It shares no drawing code with the package, so it serves twice: as the pace that the batched renderer is measured
against, and in the tests as an independent second opinion.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scoliogait.representation.settings import SkeletonMapConfig
from scoliogait.skeleton import JOINT, JOINT_SETS, limbs_of

CANVAS_PX = 128
MIN_CONFIDENCE = 1e-3
# The grey ramp of the original: entry i is i / 255, and 255 times that is cut to a whole number.
GREY_RAMP = (np.arange(256) * (1 / 255) * 255).astype(np.uint8)

Image = NDArray[np.float32]


def literal_skeleton_maps(completed_poses: NDArray[np.floating], config: SkeletonMapConfig) -> NDArray[np.uint8]:
    """(T, 17, 3) completed poses -> uint8 (T, 2, size, size), frame after frame."""
    return np.stack([literal_frame(pose, config) for pose in completed_poses])


def literal_frame(completed_pose: NDArray[np.floating], config: SkeletonMapConfig) -> NDArray[np.uint8]:
    """One completed pose (17, 3) -> uint8 (2, size, size)."""
    pose = centred_and_scaled(completed_pose)
    limbs = [limb_map(pose[first], pose[second], config.sigma_limb) for first, second in limbs_of(config.joints)]
    joints = [joint_map(pose[joint, :2], pose[joint, 2], config.sigma_joint) for joint in JOINT_SETS[config.joints]]
    images = [to_grey(merged(maps, config.reduction)) for maps in (limbs, joints)]
    return np.stack([crop_and_resize(images[channel], box_of(images, channel, config), config) for channel in (0, 1)])


def centred_and_scaled(pose: NDArray[np.floating]) -> NDArray[np.float64]:
    moved = pose.astype(np.float64)
    hips = (moved[JOINT["left_hip"], :2] + moved[JOINT["right_hip"], :2]) / 2
    height = moved[:, 1].max() - moved[:, 1].min()
    if height == 0:
        moved[:, 2] = 0
        return moved
    moved[:, :2] = (moved[:, :2] - hips) * ((CANVAS_PX // 1.5) / height) + CANVAS_PX // 2
    return moved


def window(low: float, high: float, sigma: float) -> tuple[int, int]:
    """[begin, end) of the pixels within 3 sigma of an interval; int() cuts towards zero."""
    return max(int(low - 3 * sigma), 0), min(int(high + 3 * sigma) + 1, CANVAS_PX)


def joint_map(point: NDArray[np.float64], height: float, sigma: float) -> Image:
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), dtype=np.float32)
    x0, x1 = window(point[0], point[0], sigma)
    y0, y1 = window(point[1], point[1], sigma)
    if height < MIN_CONFIDENCE or x0 >= x1 or y0 >= y1:
        return canvas
    x = np.arange(x0, x1, dtype=np.float32)
    y = np.arange(y0, y1, dtype=np.float32)[:, None]
    canvas[y0:y1, x0:x1] = np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / 2 / sigma**2) * height
    return canvas


def limb_map(first: NDArray[np.float64], second: NDArray[np.float64], sigma: float) -> Image:
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), dtype=np.float32)
    height = min(first[2], second[2])
    if height < MIN_CONFIDENCE:
        return canvas
    start, end = first[:2], second[:2]
    length_squared = ((end - start) ** 2).sum()
    if length_squared < 1:
        return joint_map(start, first[2], sigma)
    x0, x1 = window(min(start[0], end[0]), max(start[0], end[0]), sigma)
    y0, y1 = window(min(start[1], end[1]), max(start[1], end[1]), sigma)
    if x0 >= x1 or y0 >= y1:
        return canvas
    x = np.arange(x0, x1, dtype=np.float32)
    y = np.arange(y0, y1, dtype=np.float32)[:, None]
    to_start = (x - start[0]) ** 2 + (y - start[1]) ** 2
    to_end = (x - end[0]) ** 2 + (y - end[1]) ** 2
    # Where the foot of the perpendicular lies: 0 at the start, 1 at the end.
    share = (to_start - to_end + length_squared) / 2 / length_squared
    to_line = (x - start[0] - share * (end[0] - start[0])) ** 2 + (y - start[1] - share * (end[1] - start[1])) ** 2
    distance_squared = np.where(share <= 0, to_start, np.where(share >= 1, to_end, to_line))
    canvas[y0:y1, x0:x1] = np.exp(-distance_squared / 2 / sigma**2) * height
    return canvas


def merged(maps: list[Image], reduction: str) -> Image:
    stack = np.stack(maps)
    return stack.max(axis=0) if reduction == "max" else stack.sum(axis=0)


def to_grey(canvas: Image) -> NDArray[np.uint8]:
    return GREY_RAMP[np.minimum(np.floor(canvas * 256), 255).astype(np.uint8)]


def box_of(images: list[NDArray[np.uint8]], channel: int, config: SkeletonMapConfig) -> tuple[int, int, int, int]:
    """[top, bottom) and [left, right) of the crop; the aspect crop may reach outside the canvas."""
    if config.alignment == "none":
        return 0, CANVAS_PX, 0, CANVAS_PX
    image = np.maximum(*images) if config.alignment == "shared" else images[channel]
    rows = np.flatnonzero(image.any(axis=1))
    top, bottom = (rows[0], rows[-1] + 1) if len(rows) else (0, 1)
    middle, height = CANVAS_PX // 2, bottom - top
    if config.geometry == "square":
        return top, bottom, middle - height // 2, min(middle + height // 2 + 1, CANVAS_PX)
    columns = np.flatnonzero(image.any(axis=0))
    reach = max(middle - columns[0], columns[-1] + 1 - middle) if len(columns) else 0
    half = max(-(-height // 2), reach)
    first = top - (2 * half - height) // 2
    return first, first + 2 * half, middle - half, middle + half


def crop_and_resize(
    image: NDArray[np.uint8], box: tuple[int, int, int, int], config: SkeletonMapConfig
) -> NDArray[np.uint8]:
    padded = np.pad(image, CANVAS_PX)
    top, bottom, left, right = (edge + CANVAS_PX for edge in box)
    crop = padded[top:bottom, left:right] / 255.0
    return (cv2.resize(crop, (config.size, config.size), interpolation=cv2.INTER_AREA) * 255).astype(np.uint8)
