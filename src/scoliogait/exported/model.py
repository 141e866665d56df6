"""An exported model, ready to score walks: the package's own representation and windows around the engine of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoliogait.checkpoints.loaded_model import LoadedModel
from scoliogait.errors import ModelError
from scoliogait.exported.engines import Arrays, Engine
from scoliogait.exported.form import ExportForm
from scoliogait.exported.ports import BEFORE, FRAMES, MAXIMA, OF_FRAMES, POSES, input_shapes
from scoliogait.representation.arrays import check_inputs, model_arrays
from scoliogait.representation.windows import Window, logits_of_windows
from scoliogait.scores import WindowLogits
from scoliogait.walk import Walk

# Pictures that pass the network at once: as many as a training clip has or fewer, so that memory stays small.
CHUNK_FRAMES = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class ExportedModel(LoadedModel):
    """A model from an exported file. form: what the file says of itself."""

    form: ExportForm
    engine: Engine

    @property
    def name(self) -> str:
        """That of the bundle that was exported."""
        return self.form.name

    @property
    def runtime(self) -> str:
        """The engine, its version, and the precision of the network."""
        return self.engine.name

    def window_logits(self, walk: Walk) -> WindowLogits:
        """As ``LoadedModel`` says."""
        inputs = model_arrays(self.contract, walk)
        windows = self.contract.windows(_n_frames(inputs))
        return logits_of_windows(self.logits(inputs, windows), [windows])

    def logits(self, inputs: Mapping[str, NDArray[np.float32]], windows: Sequence[Window]) -> NDArray[np.float32]:
        """float32 (W, 3): of each window of one walk. inputs: as ``model_arrays`` gives them of a walk.

        Raises ModelError for an input that is missing, has another shape, or holds NaN.
        """
        self._check_shapes(inputs)
        check_inputs(inputs)
        return np.concatenate([self._of_window(inputs, start, stop) for start, stop in windows])

    def _of_window(self, inputs: Mapping[str, NDArray[np.float32]], start: int, stop: int) -> NDArray[np.float32]:
        # Nothing of a piece outlives it: what an engine gave lies between memory that it wants back for the next one.
        for _, logits in self.pieces(inputs, start, stop):  # noqa: B007
            pass
        return logits

    def pieces(
        self, inputs: Mapping[str, NDArray[np.float32]], start: int, stop: int
    ) -> Iterator[tuple[Arrays, NDArray[np.float32]]]:
        """One window, piece after piece: what the graph is called with, and the logits (1, 3) of all frames so far."""
        fed = {name: value[start:stop] if name in OF_FRAMES else value for name, value in inputs.items()}
        pictures = fed.pop(FRAMES, None)
        if pictures is None:
            yield fed, self.engine(fed)[0]
            return
        maxima = np.zeros(self.form.outputs[MAXIMA], dtype=np.float32)
        for begin in range(0, len(pictures), CHUNK_FRAMES):
            piece = np.ascontiguousarray(pictures[begin : begin + CHUNK_FRAMES])
            called = {FRAMES: piece, BEFORE: maxima, **fed}
            logits, maxima = self.engine(called)
            yield called, logits

    def _check_shapes(self, inputs: Mapping[str, NDArray[np.float32]]) -> None:
        wanted = {
            name: shape for name, shape in input_shapes(self.architecture, self.contract).items() if name != BEFORE
        }
        for name in wanted.keys() | inputs.keys():
            shape, given = wanted.get(name), inputs.get(name)
            fits = (
                shape is not None
                and given is not None
                and given.dtype == np.float32
                and given.ndim == len(shape)
                and all(n > 0 and side in (None, n) for n, side in zip(given.shape, shape, strict=True))
            )
            if not fits:
                held = "missing" if given is None else f"{given.dtype} of shape {given.shape}"
                sides = "no such input" if shape is None else f"float32 of shape ({_words(shape)})"
                raise ModelError(f"model input: {name} are {held}; the model takes {sides}")
        if len({len(inputs[name]) for name in OF_FRAMES if name in inputs}) > 1:
            raise ModelError(
                f"model input: {len(inputs[FRAMES])} frames and {len(inputs[POSES])} poses; expected equally many"
            )


def _words(shape: Sequence[int | None]) -> str:
    return ", ".join("frames" if side is None else str(side) for side in shape)


def _n_frames(inputs: Mapping[str, NDArray[np.float32]]) -> int:
    return next(len(inputs[name]) for name in OF_FRAMES if name in inputs)
