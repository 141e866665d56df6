"""Masks of a drawn walker, and what other programs make of them."""

import cv2
import numpy as np


def drawn_masks(n_frames: int = 6, height: int = 120, width: int = 90) -> np.ndarray:
    """uint8 (T, height, width), 0 and 255: head, trunk and two legs that swing, smaller than the frame."""
    frames = np.zeros((n_frames, height, width), np.uint8)
    for index, frame in enumerate(frames):
        swing = round(width * 0.08 * np.sin(index))
        middle, foot = width // 2, int(height * 0.92)
        cv2.circle(frame, (middle, int(height * 0.15)), int(height * 0.08), 255, -1)
        cv2.rectangle(frame, (int(width * 0.38), int(height * 0.22)), (int(width * 0.62), height // 2), 255, -1)
        for side in (-1, 1):
            hip = (middle + side * width // 14, height // 2)
            cv2.line(frame, hip, (hip[0] + side * swing, foot), 255, max(2, width // 12))
    return frames


def outlines(frames: np.ndarray, width_px: int = 1) -> np.ndarray:
    """Only the contour of what is white."""
    drawn = np.zeros_like(frames)
    for frame, lines in zip(frames, drawn, strict=True):
        contours, _ = cv2.findContours(frame, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(lines, contours, -1, 255, width_px)
    return drawn


def with_another(frames: np.ndarray, across: float, size: float = 1.0) -> np.ndarray:
    """A second body ``across`` frame widths to the right of the first, ``size`` times as large, in a wider frame."""
    n_frames, height, width = frames.shape
    wide = np.zeros((n_frames, height, 2 * width), np.uint8)
    wide[:, :, :width] = frames
    shift = np.array([[size, 0, across * width], [0, size, (1 - size) * height / 2]])
    others = [cv2.warpAffine(frame, shift, (2 * width, height), flags=cv2.INTER_NEAREST) for frame in frames]
    return np.maximum(wide, np.stack(others))


def with_specks(frames: np.ndarray, share: float, value: int) -> np.ndarray:
    """Single pixels set to ``value``, this share of all."""
    return np.where(np.random.default_rng(5).random(frames.shape) < share, value, frames).astype(np.uint8)


def as_segmented(frames: np.ndarray) -> np.ndarray:
    """Holes, a leg cut off, an arm apart and a few specks, as segmentation leaves them."""
    frames = frames.copy()
    _, height, width = frames.shape
    frames[:, int(height * 0.3) : int(height * 0.36), int(width * 0.45) : int(width * 0.52)] = 0
    frames[:, int(height * 0.6) : int(height * 0.62)] = 0
    frames[:, int(height * 0.25) : int(height * 0.5), int(width * 0.66) : int(width * 0.7)] = 255
    for row, column in ((0.05, 0.1), (0.06, 0.9), (0.9, 0.7)):
        frames[:, int(height * row) : int(height * row) + 2, int(width * column) : int(width * column) + 2] = 255
    return frames
