"""Pose networks whose answer is known: each joint lies on the dot of its channel, in one of the three kinds of output.

Joints of a part of the body share a channel, left and right: head and arms red, hips green, the others blue.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

from onnx_files import model, node, port, tensor
from scoliogait.skeleton import JOINT_NAMES

WIDTH, HEIGHT = 48, 64
_CHANNELS = {"hip": 1, "knee": 2, "ankle": 2}
CHANNEL_OF_JOINT = np.array([_CHANNELS.get(name.split("_")[-1], 0) for name in JOINT_NAMES], dtype=np.int64)
_PICTURE = port("picture", (1, 3, HEIGHT, WIDTH))

INPUT = {
    "size_px": [WIDTH, HEIGHT],
    "channels": "rgb",
    "axes": "nchw",
    "mean": [0, 0, 0],
    "std": [255, 255, 255],
    "box_scale": 1.0,
}
SIMCC = {"kind": "simcc", "split_ratio": 2.0, "values": "raw", "score": "min"}
STRIDE = {"kind": "heatmap", "grid": "stride", "score": "peak"}
ENDS = STRIDE | {"grid": "ends"}
COORDINATES = {"kind": "coordinates", "columns": ["y", "x", "score"], "unit": "share", "score": "value"}


def dots(places: np.ndarray, size_px: tuple[int, int] = (WIDTH, HEIGHT), sigma_px: float = 8.0) -> np.ndarray:
    """A picture (H, W, 3) with a soft dot in each channel; places: (3, 2), px from the edge of the first pixel."""
    x, y = (np.arange(side) + 0.5 for side in size_px)
    across = np.exp(-((x[:, None] - places[:, 0]) ** 2) / (2 * sigma_px**2))
    down = np.exp(-((y[:, None] - places[:, 1]) ** 2) / (2 * sigma_px**2))
    return np.rint(255 * down[:, None] * across[None]).astype(np.uint8)


def expected(places: np.ndarray) -> np.ndarray:
    """Where the joints are, (17, 2)."""
    return places[CHANNEL_OF_JOINT]


def simcc_network(shift: int = 0, **more: bytes) -> bytes:
    """Two places a pixel. shift: by so many places the answer is too far right, as of a network that prefers a side."""
    x = (np.arange(2 * WIDTH) - shift) / 2
    tensors = [tensor("channel", CHANNEL_OF_JOINT), tensor("x_places", _between(WIDTH, x))]
    tensors.append(tensor("y_places", _between(HEIGHT, np.arange(2 * HEIGHT) / 2)))
    nodes = [node("Gather", ["picture", "channel"], ["joints"], {"axis": 1})]
    for axis, over in (("x", 2), ("y", 3)):
        nodes.append(node("ReduceMax", ["joints"], [f"{axis}_row"], {"axes": [over], "keepdims": 0}))
        nodes.append(node("MatMul", [f"{axis}_row", f"{axis}_places"], [f"simcc_{axis}"]))
    outputs = [port("simcc_x", (1, 17, 2 * WIDTH)), port("simcc_y", (1, 17, 2 * HEIGHT))]
    return model([_PICTURE], nodes, outputs, tensors, **more)


def heatmap_network(grid: str) -> bytes:
    """A quarter of the pixels a side, at the places that ``grid`` names."""
    columns, rows = WIDTH // 4, HEIGHT // 4
    ends = [np.linspace(0, side - 1, n) for side, n in ((WIDTH, columns), (HEIGHT, rows))]
    x, y = ends if grid == "ends" else (4 * np.arange(columns), 4 * np.arange(rows))
    tensors = [tensor("channel", CHANNEL_OF_JOINT), tensor("x_places", _between(WIDTH, x))]
    tensors.append(tensor("y_places", np.ascontiguousarray(_between(HEIGHT, y).T)))
    nodes = [
        node("Gather", ["picture", "channel"], ["joints"], {"axis": 1}),
        node("MatMul", ["joints", "x_places"], ["narrow"]),
        node("MatMul", ["y_places", "narrow"], ["heat"]),
    ]
    return model([_PICTURE], nodes, [port("heat", (1, 17, rows, columns))], tensors)


def coordinates_network() -> bytes:
    """y, x as shares of the sides, and the highest value: the middle of the mass of each dot."""
    tensors = [tensor("channel", CHANNEL_OF_JOINT)]
    nodes = [node("Gather", ["picture", "channel"], ["joints"], {"axis": 1})]
    for axis, over, side in (("x", 2, WIDTH), ("y", 3, HEIGHT)):
        tensors.append(tensor(f"{axis}_shares", ((np.arange(side) + 0.5) / side)[:, None].astype(np.float32)))
        tensors.append(tensor(f"{axis}_ones", np.ones((side, 1), np.float32)))
        nodes += [
            node("ReduceMean", ["joints"], [f"{axis}_row"], {"axes": [over], "keepdims": 0}),
            node("MatMul", [f"{axis}_row", f"{axis}_shares"], [f"{axis}_moment"]),
            node("MatMul", [f"{axis}_row", f"{axis}_ones"], [f"{axis}_sum"]),
            node("Add", [f"{axis}_sum", "tiny"], [f"{axis}_mass"]),
            node("Div", [f"{axis}_moment", f"{axis}_mass"], [axis]),
        ]
    tensors.append(tensor("tiny", np.array([1e-6], np.float32)))
    nodes.append(node("ReduceMax", ["joints"], ["peak"], {"axes": [2], "keepdims": 0}))
    nodes.append(node("ReduceMax", ["peak"], ["score"], {"axes": [2], "keepdims": 1}))
    nodes.append(node("Concat", ["y", "x", "score"], ["joints_out"], {"axis": 2}))
    return model([_PICTURE], nodes, [port("joints_out", (1, 17, 3))], tensors)


def _between(side: int, places: np.ndarray) -> np.ndarray:
    """(side, P): the value at each place, counted from the middle of the first pixel, evenly between two pixels."""
    clipped = places.clip(0, side - 1)
    low = np.minimum(np.floor(clipped).astype(int), side - 2)
    weights = np.zeros((side, len(places)), dtype=np.float32)
    at = np.arange(len(places))
    weights[low, at], weights[low + 1, at] = 1 - (clipped - low), clipped - low
    return weights


def write_network(folder: Path, content: bytes, output: dict[str, object], name: str = "dots", **more: object) -> Path:
    """The network and its description beside it. more: what the description says otherwise."""
    path = folder / f"{name}.onnx"
    path.write_bytes(content)
    said = {"input": INPUT, "output": output, "joints": "COCO-17"} | more
    path.with_suffix(".yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return path
