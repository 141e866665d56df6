"""Surfaces of four-cornered patches that move with a walker: rings of points joined to tubes and ellipsoids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.simulation.frames import Array

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Surface:
    """points (T, V, 3) in metres; patches (F, 4): their corners, seen from outside one way round; colours (F, 3)."""

    points: Array
    patches: Indices
    colours: Array


def joined_surfaces(parts: Iterable[Surface]) -> Surface:
    """All patches of some surfaces of equally many frames."""
    points, patches, colours, n_points = [], [], [], 0
    for part in parts:
        points.append(part.points)
        patches.append(part.patches + n_points)
        colours.append(part.colours)
        n_points += part.points.shape[1]
    return Surface(np.concatenate(points, axis=1), np.concatenate(patches), np.concatenate(colours))


def tube(centres: Array, across: Array, ahead: Array, colours: Array) -> Surface:
    """Rings about centres (T, n, 3): half axes across and ahead (T, n, 3), one step along the tube after the other.

    colours (n - 1, m, 3): of the patches between two rings, m around, from ``across`` towards ``ahead``. With the tube
    going up, ``across`` to the left and ``ahead`` forward its patches look outwards.
    """
    n, m = colours.shape[0] + 1, colours.shape[1]
    angle = 2 * np.pi * np.arange(m) / m
    ring = centres[:, :, None] + (
        np.cos(angle)[:, None] * across[:, :, None] + np.sin(angle)[:, None] * ahead[:, :, None]
    )
    row, column = (index.ravel() for index in np.meshgrid(np.arange(n - 1), np.arange(m), indexing="ij"))
    after = (column + 1) % m
    patches = np.stack([row * m + column, row * m + after, (row + 1) * m + after, (row + 1) * m + column], axis=1)
    return Surface(ring.reshape(len(centres), n * m, 3), patches, colours.reshape(-1, 3).astype(np.float64))


def ellipsoid(centre: Array, across: Array, ahead: Array, up: Array, colours: Array) -> Surface:
    """About a centre (T, 3) with half axes (T, 3); colours (n, m, 3): from the lowest of n bands to the highest."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, len(colours) + 1)
    wide, high = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return tube(centre[:, None] + high * up[:, None], wide * across[:, None], wide * ahead[:, None], colours)


def plain(colour: tuple[int, int, int], n: int, m: int) -> Array:
    """One colour for n bands of m patches."""
    return np.full((n, m, 3), colour, dtype=np.float64)


def unit(vectors: Array) -> Array:
    """Vectors (..., 3) of length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
