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
