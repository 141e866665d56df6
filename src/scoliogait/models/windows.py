"""Windows of walks inside a network: every frame passes once, however many windows it lies in."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from scoliogait.errors import ModelError

# Of each walk: (start, stop) of the frames that are pooled together. They may overlap.
Windows = Sequence[Sequence[tuple[int, int]]]


def checked_windows(windows: Windows | None, lengths: Sequence[int]) -> Windows:
    """The windows given; without any, one of all frames for each walk.

    Raises ModelError for another number of walks, a walk without a window, and a window outside of its walk.
    """
    if windows is None:
        return [[(0, length)] for length in lengths]
    if len(windows) != len(lengths):
        raise ModelError(f"model input: windows of {len(windows)} walks for {len(lengths)} walks; expected as many")
    for spans, length in zip(windows, lengths, strict=True):
        if not spans or not all(0 <= start < stop <= length for start, stop in spans):
            raise ModelError(
                f"model input: windows {list(spans)[:8]} of a walk of {length} frames; expected at least one, each "
                f"(start, stop) with 0 <= start < stop <= {length}"
            )
    return windows


def per_window(of_walks: Tensor, windows: Windows | None) -> Tensor:
    """(N, ...), a value of each walk -> (W, ...), that of each window's walk."""
    if windows is None:
        return of_walks
    counts = torch.tensor([len(spans) for spans in windows], device=of_walks.device)
    return of_walks.repeat_interleave(counts, dim=0)


def mean_logits(module: torch.nn.Module, inputs: dict[str, Tensor], lengths: Sequence[int], windows: Windows) -> Tensor:
    """Logits of every window, averaged over parts, float32 (W, 3), walk after walk: the one way to score walks.

    inputs: packed, as the architecture takes them, with ``lengths`` frames a walk.
    """
    logits: Tensor = module(**inputs, lengths=lengths, windows=windows).logits
    return logits.float().mean(dim=-1)
