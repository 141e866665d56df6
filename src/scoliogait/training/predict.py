"""Mean logits of the windows of walks: the one way that validation, evaluation and the demo use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from scoliogait.data.loader import WalkFrames
from scoliogait.data.store import WalkStore
from scoliogait.models.device import device_of
from scoliogait.models.windows import mean_logits
from scoliogait.representation.contract import InputContract, Source
from scoliogait.representation.kinds import Modality
from scoliogait.representation.windows import Window, logits_of_windows
from scoliogait.scores import WindowLogits

FRAMES_AT_ONCE_CPU = 1024
FRAMES_AT_ONCE_ACCELERATOR = 16_384


def predict_walks(
    module: nn.Module,
    contract: InputContract,
    store: WalkStore,
    indices: Sequence[int] | NDArray[np.int64],
    device: torch.device | str | None = None,
    progress: Callable[[int], None] | None = None,
    n_spread: int | None = None,
) -> WindowLogits:
    """Logits averaged over parts, float32, of the windows of the store's walks at ``indices``, in that order.

    Each walk is seen once: its first ``contract.max_frames`` frames in order, in the contract's windows (one of all
    these frames, where whole walks are scored). Several walks pass the model together, packed; a walk's result does not
    depend on its company beyond rounding. The module runs in evaluation mode and float32 on ``device`` (default: where
    it is), and is put back as it was.
    n_spread: of longer walks only so many of these frames, spread evenly, as if they were the walk: for a diagnosis.
    progress: called with the number of walks just done. Raises DataError when the store lacks what the contract needs.
    """
    place = torch.device(device) if device is not None else device_of(module)
    walk_frames = WalkFrames(store, contract)
    was_training, home = module.training, device_of(module)
    module.to(place).eval()
    results: list[NDArray[np.float32]] = []
    windows: list[Sequence[Window]] = []
    try:
        with torch.inference_mode():
            for group in _groups(walk_frames, indices, place, n_spread):
                logits, of_group = _window_logits(module, walk_frames, group, place, n_spread)
                results.append(logits)
                windows += of_group
                if progress is not None:
                    progress(len(group))
    finally:
        module.to(home).train(was_training)
    logits = np.concatenate(results) if results else np.zeros((0, 3), dtype=np.float32)
    return logits_of_windows(logits, windows)


def _window_logits(
    module: nn.Module, walk_frames: WalkFrames, group: Sequence[int], device: torch.device, n_spread: int | None
) -> tuple[NDArray[np.float32], list[list[Window]]]:
    walks = [walk_frames.in_order(index, n_spread) for index in group]
    rendered = [walk_frames.contract.render(_tensors(walk, device)) for walk in walks]
    inputs = {name: torch.cat([one[name] for one in rendered]) for name in rendered[0]}
    inputs |= {name: values.to(device) for name, values in walk_frames.walk_values(group).items()}
    lengths = [len(next(iter(walk.values()))) for walk in walks]
    windows = [walk_frames.contract.windows(length) for length in lengths]
    return mean_logits(module, inputs, lengths, windows).cpu().numpy(), windows


def _tensors(source: Source, device: torch.device) -> dict[Modality, torch.Tensor]:
    return {modality: torch.from_numpy(frames).to(device) for modality, frames in source.items()}


def _groups(
    walk_frames: WalkFrames,
    indices: Sequence[int] | NDArray[np.int64],
    device: torch.device,
    n_spread: int | None,
) -> Iterator[list[int]]:
    """Neighbouring walks, as many as fit into the frame budget; a longer walk is a group of its own."""
    budget = FRAMES_AT_ONCE_CPU if device.type == "cpu" else FRAMES_AT_ONCE_ACCELERATOR
    group: list[int] = []
    n_frames = 0
    for index in indices:
        length = len(walk_frames.seen(int(index), n_spread))
        if group and n_frames + length > budget:
            yield group
            group, n_frames = [], 0
        group.append(int(index))
        n_frames += length
    if group:
        yield group
