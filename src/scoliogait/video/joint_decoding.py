"""From the outputs of a pose network to places in its picture: SimCC, heatmaps, coordinates.

Places are in px of the network's picture, 0 at the edge of its first pixel. A peak lies at the top of the parabola
through the highest value and its two neighbours; at a border, where one of them is missing, at the highest value.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoliogait.video.network_description import CoordinatesOutput, HeatmapOutput, SimccOutput

Array = NDArray[np.float64]
Output = SimccOutput | HeatmapOutput | CoordinatesOutput

# A place is counted from the middle of the first pixel in SimCC and heatmaps, and that lies half a pixel from the edge.
_MIDDLE = 0.5


def n_outputs(output: Output) -> int:
    """How many outputs a network of this kind has."""
    return 2 if isinstance(output, SimccOutput) else 1


def shape_problem(shapes: Sequence[tuple[int, ...]], output: Output, size_px: tuple[int, int], n_joints: int) -> str:
    """What is wrong with the shapes of the outputs, found and expected; empty where nothing is."""
    if isinstance(output, SimccOutput):
        expected = [f"(1, {n_joints}, {_n_places(side, output)})" for side in size_px]
        fits = [shape == (1, n_joints, _n_places(side, output)) for shape, side in zip(shapes, size_px, strict=True)]
        found, is_right = " and ".join(map(str, shapes)), all(fits)
        wanted = " and ".join(expected)
    elif isinstance(output, HeatmapOutput):
        (shape,) = shapes
        found, wanted = str(shape), f"(1, {n_joints}, rows, columns)"
        is_right = len(shape) == 4 and shape[:2] == (1, n_joints) and min(shape[2:]) >= 2
    else:
        (shape,) = shapes
        n_columns = len(output.columns)
        found, wanted = str(shape), f"(1, {n_joints}, {n_columns})"
        is_right = shape[-2:] == (n_joints, n_columns) and set(shape[:-2]) <= {1}
    return "" if is_right else f"gives outputs of shape {found}; expected {wanted}"


def _n_places(side_px: int, output: SimccOutput) -> int:
    return int(side_px * output.split_ratio)


def joints_of(outputs: Sequence[NDArray[np.floating]], output: Output, size_px: tuple[int, int]) -> Array:
    """x px, y px, score (J, 3) from outputs whose shapes fit; the score as described, perhaps outside of 0..1."""
    if isinstance(output, SimccOutput):
        return _of_simcc(outputs[0][0], outputs[1][0], output)
    if isinstance(output, HeatmapOutput):
        return _of_heatmap(outputs[0][0], output, size_px)
    return _of_coordinates(outputs[0], output, size_px)


def _of_simcc(x: NDArray[np.floating], y: NDArray[np.floating], output: SimccOutput) -> Array:
    places, peaks = zip(*(_peaks(axis.astype(np.float64)) for axis in (x, y)), strict=True)
    if output.softmax_factors is not None:
        pairs = zip((x, y), output.softmax_factors, strict=True)
        peaks = tuple(_softmax_peaks(axis.astype(np.float64) * factor) for axis, factor in pairs)
    x_px, y_px = (place / output.split_ratio + _MIDDLE for place in places)
    both = np.stack(peaks)
    score = {"min": both.min(axis=0), "mean": both.mean(axis=0), "product": both.prod(axis=0)}[output.score]
    return np.column_stack([x_px, y_px, score])


def _softmax_peaks(rows: Array) -> Array:
    weights = np.exp(rows - rows.max(axis=1, keepdims=True))
    peaks: Array = 1 / weights.sum(axis=1)
    return peaks


def _of_heatmap(heat: NDArray[np.floating], output: HeatmapOutput, size_px: tuple[int, int]) -> Array:
    n_joints, n_rows, n_columns = heat.shape
    values = heat.astype(np.float64)
    row, column = np.divmod(values.reshape(n_joints, -1).argmax(axis=1), n_columns)
    joint = np.arange(n_joints)
    x, peak = _peaks(values[joint, row], column)
    y, _ = _peaks(values[joint, :, column], row)
    places = []
    for place, n, side in ((x, n_columns, size_px[0]), (y, n_rows, size_px[1])):
        per_place = side / n if output.grid == "stride" else (side - 1) / (n - 1)
        places.append(place * per_place + _MIDDLE)
    return np.column_stack([*places, peak if output.score == "peak" else _sigmoid(peak)])


def _of_coordinates(values: NDArray[np.floating], output: CoordinatesOutput, size_px: tuple[int, int]) -> Array:
    table = values.reshape(-1, len(output.columns)).astype(np.float64)
    x, y, score = (table[:, output.columns.index(name)] for name in ("x", "y", "score"))
    scale = size_px if output.unit == "share" else (1, 1)
    return np.column_stack([x * scale[0], y * scale[1], score if output.score == "value" else _sigmoid(score)])


def _peaks(rows: Array, at: NDArray[np.int64] | None = None) -> tuple[Array, Array]:
    """Where the highest value of each row (N, P) lies, in places, and that value. at: the highest ones, if known."""
    peak = rows.argmax(axis=1) if at is None else at
    row = np.arange(len(rows))
    top = rows[row, peak]
    inside = (peak > 0) & (peak < rows.shape[1] - 1)
    before, after = rows[row, peak - inside], rows[row, peak + inside]
    bend = before - 2 * top + after
    shift = np.divide(before - after, 2 * bend, out=np.zeros_like(top), where=inside & (bend < 0))
    return peak + shift, top


def _sigmoid(values: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(values, -60, 60)))
