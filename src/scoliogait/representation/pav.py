"""PavConfig: which Postural Asymmetry Vector a model is given, and the statistics that map it to 0..1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from scoliogait.errors import DataError, ModelError, RecipeError
from scoliogait.representation.asymmetry import PavStatistics, postural_asymmetry
from scoliogait.skeleton import PAIR_NAMES
from scoliogait.walk import N_PAIRS_BY_METRICS, Walk

Triple = tuple[float, float, float]


class PavConfig(BaseModel):
    """How a walk becomes a PAV of 8 pairs x 3 metrics in 0..1. It travels inside the input contract.

    form: "literal", as published (``asymmetry.py``); "robust", ours (``robust_asymmetry.py``); "exported", a foreign
        else's, normalised already, taken as it is.
    statistics: whose range maps a PAV to 0..1: of the "train" walks, or of the whole "dataset". The latter has seen the
        test walks, so it leaks; the DRF authors' checkpoint needs it.
    minimum, maximum: that range, 8 rows of 3; None until training has computed it. pairs: what the rows are.

    Raises RecipeError when the values contradict each other, or are of another joint layout.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal["literal", "robust", "exported"] = "literal"
    statistics: Literal["train", "dataset"] = "train"
    minimum: tuple[Triple, ...] | None = None
    maximum: tuple[Triple, ...] | None = None
    pairs: tuple[str, ...] = PAIR_NAMES

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        if self.pairs != PAIR_NAMES:
            raise RecipeError(
                f"input contract: pav.pairs is {list(self.pairs)}, another joint layout; expected {list(PAIR_NAMES)}: "
                "compute the statistics again from poses in COCO-17 order"
            )
        if (self.minimum is None) != (self.maximum is None):
            raise RecipeError("input contract: pav has only one of minimum and maximum; give both or none")
        if self.minimum is not None and self.form == "exported":
            raise RecipeError("input contract: pav.form is 'exported', normalised already; leave out its range")
        if self.minimum is not None and self.maximum is not None:
            try:
                PavStatistics(np.array(self.minimum), np.array(self.maximum), self.statistics)
            except ModelError as error:
                raise RecipeError(f"input contract: pav: {error}") from error
        return self

    @property
    def is_ready(self) -> bool:
        """Whether a walk can be given its PAV: the range is known, or not needed."""
        return self.form == "exported" or self.minimum is not None

    @property
    def leaks(self) -> bool:
        """Whether the statistics have seen test walks."""
        return self.statistics == "dataset"

    def raw(self, walk: Walk) -> NDArray[np.float32]:
        """The PAV (8, 3) before normalisation. Raises DataError when the walk lacks what it is computed from."""
        where = f"{walk.source}: walk {walk.walk_id!r}"
        if self.form == "exported":
            if walk.asymmetry is None:
                raise DataError(f"{where}: holds no exported PAV, which this model needs; export it with the maps")
            return walk.asymmetry
        if walk.poses is None:
            raise DataError(f"{where}: holds no poses, from which the PAV of this model is computed; record poses too")
        if self.form == "robust":
            from scoliogait.measurement.robust_asymmetry import robust_asymmetry

            return robust_asymmetry(walk.poses, walk.frame_rate_hz).magnitudes
        return postural_asymmetry(walk.poses)

    def normalise(self, vectors: ArrayLike) -> NDArray[np.float32]:
        """Raw PAVs (..., 8, 3) -> 0..1, clipped; exported ones as they are. Raises ModelError without statistics."""
        if self.form == "exported":
            return np.asarray(vectors, dtype=np.float32)
        if self.minimum is None or self.maximum is None:
            raise ModelError(
                f"the statistics that normalise the {self.form} PAV are unknown, so a raw walk cannot be given to this "
                "model; convert the checkpoint again with its PAV statistics, or train on walks"
            )
        statistics = PavStatistics(np.array(self.minimum), np.array(self.maximum), self.statistics)
        return statistics.normalise(vectors)

    def of(self, walk: Walk) -> NDArray[np.float32]:
        """float32 (8, 3): the normalised PAV of a walk. Raises DataError and ModelError as the two steps do."""
        return self.normalise(self.raw(walk))

    def with_range_of(self, vectors: ArrayLike) -> PavConfig:
        """The same with the range of these raw PAVs (N, 8, 3)."""
        statistics = PavStatistics.of(vectors, self.statistics)
        return self.model_copy(
            update={"minimum": _rows(statistics.minimum), "maximum": _rows(statistics.maximum)},
        )

    def describe(self) -> str:
        """A few readable words."""
        if self.form == "exported":
            return "PAV exported"
        known = "" if self.is_ready else ", unknown"
        leaking = ", leaking" if self.leaks else ""
        return f"PAV {self.form}, statistics {self.statistics}{leaking}{known}"


def _rows(array: NDArray[np.float32]) -> tuple[Triple, ...]:
    rows: Sequence[Sequence[float]] = array.astype(np.float64).reshape(N_PAIRS_BY_METRICS).tolist()
    return tuple((row[0], row[1], row[2]) for row in rows)
