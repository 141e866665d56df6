"""Many walks in, one outcome each, as ``scoliogait screen`` gives them: a result, or the reason why there is none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoliogait.api.places import DEFAULT_MODEL, Place, loaded_of, path_of
from scoliogait.errors import DataError, NotUsableError, ScoliogaitError
from scoliogait.exported.stated import stated_model
from scoliogait.io.backend_names import Backend, backend_named, check_one_video
from scoliogait.io.find_walks import FoundWalks, WalkPlace, find_walks
from scoliogait.io.read import read_walk, with_frame_rate
from scoliogait.progress import Progress, about, no_progress
from scoliogait.provenance import WalkOrigin
from scoliogait.report.screening_table import Cell, screening_row
from scoliogait.result_states import NOT_USABLE, UNREADABLE, ResultState
from scoliogait.video.camera import Camera
from scoliogait.walk import PeopleSeen, Walk

if TYPE_CHECKING:
    from scoliogait.data.store import WalkStore
    from scoliogait.screening import Screener, Screening
    from scoliogait.video.watched_video import KeepSeen


@dataclass(frozen=True)
class ScreeningOutcome:
    """What came of one input.

    path: the file or folder, or the store in which the walk ``walk_id`` lies; walk_id is None for what was not read.
    screening: the result, None where there is none; ``error`` says why. walk: what was read, None where nothing was;
    source, people: of it.
    model: name and digest of the model, and what walks it was trained on.
    """

    path: Path
    walk_id: str | None
    model: Mapping[str, str]
    screening: Screening | None = None
    error: ScoliogaitError | None = None
    source: str | None = None
    people: PeopleSeen | None = None
    in_store: bool = False
    walk: Walk | None = field(default=None, repr=False, compare=False)

    @property
    def outcome(self) -> ResultState:
        """One of the words of ``result_states``."""
        if self.screening is not None:
            return self.screening.outcome
        return NOT_USABLE if self.source is not None or isinstance(self.error, NotUsableError) else UNREADABLE

    @property
    def where(self) -> str:
        """The path, and in a store the walk: what tells two inputs with the same walk id apart."""
        return f"{self.path}: walk {self.walk_id!r}" if self.in_store else str(self.path)

    @property
    def reason(self) -> str | None:
        """Why there is no result, in one line; None where there is one. It names the path, not the source of a walk."""
        if self.error is None:
            return None
        message, source = str(self.error), f"{self.source}: "
        named = f"{self.path}: {message.removeprefix(source)}" if message.startswith(source) else message
        return " ".join(named.split())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, as in the file of ``scoliogait screen --json``."""
        place = {"file": str(self.path)}
        if self.screening is not None:
            return place | self.screening.to_dict()
        known = {} if self.walk_id is None else {"walk_id": self.walk_id}
        return place | known | {"outcome": self.outcome, "reason": self.reason} | self._seen_all_the_same()

    def to_row(self) -> dict[str, Cell]:
        """One value for each column of the table that ``screen --csv`` and ``--jsonl`` write."""
        return screening_row(self.to_dict(), self.model, self.source, self.people)

    def _seen_all_the_same(self) -> dict[str, Any]:
        if self.source is None:
            return {}
        from scoliogait.screening import WalkRefusedError

        if not isinstance(self.error, WalkRefusedError):
            return {}
        return {"quality": self.error.quality.to_dict(), **self.error.asymmetry.to_dict()}


@dataclass(frozen=True)
class _Input:
    """A walk in a file or folder, one of a store, one that a camera records, or a place without any."""

    path: Path
    store: WalkStore | None = None
    index: int = 0
    problem: DataError | None = None
    camera: Camera | None = None

    @property
    def walk_id(self) -> str | None:
        return None if self.store is None else self.store.walk_ids[self.index]


class Screenings:
    """The walks of some paths; going through them screens one after the other and gives a ScreeningOutcome for each.

    ``len`` counts the inputs. found: which walks the paths lead to, and what was left out. progress: called after each
    picture of a video; keep_walk: called with each walk that was read. Nothing else is kept: going through them again
    screens again.
    """

    def __init__(
        self, found: FoundWalks, model: _Model, reading: Mapping[str, Any], cameras: Sequence[Camera] = ()
    ) -> None:
        self.found = found
        self.progress: Progress = no_progress
        self.keep_walk: Callable[[Walk], None] = lambda walk: None
        self._model = model
        self._reading = reading
        self._inputs = [_Input(Path(str(camera)), camera=camera) for camera in cameras]
        self._inputs += [one for place in found.places for one in _inputs(place, reading)]

    def __len__(self) -> int:
        return len(self._inputs)

    def __iter__(self) -> Iterator[ScreeningOutcome]:
        return map(self._screened, self._inputs)

    def of_walk(self, walk_id: str) -> ScreeningOutcome:
        """Screen one of the walks of stores, whose ids are known before they are read.

        Raises DataError where there is no such walk, or its store cannot be read in this way.
        """
        if walk_id not in self._by_walk_id:
            why = next((one.problem for one in self._inputs if one.problem is not None), None)
            raise why or DataError(f"{self.found.places[0].path}: holds no walk {walk_id!r}; check the id")
        return self._screened(self._by_walk_id[walk_id])

    @cached_property
    def _by_walk_id(self) -> Mapping[str, _Input]:
        return {one.walk_id: one for one in self._inputs if one.walk_id is not None}

    @property
    def model(self) -> dict[str, str]:
        """Which model it is, in words; known before it is loaded. What computes its network is known from then on."""
        return self._model.words

    @property
    def training_walks(self) -> WalkOrigin:
        """Which walks the model learned from; known before it is loaded."""
        return self._model.facts.trained_on.origin

    @property
    def statements(self) -> tuple[str, ...]:
        """What must be said along with every result."""
        return self._model.screener.statements

    def _screened(self, one: _Input) -> ScreeningOutcome:
        facts = self._model.facts
        named = {"name": facts.name, "digest": facts.digest, "training_walks": facts.trained_on.origin}
        known: dict[str, Any] = {"path": one.path, "model": named, "in_store": one.store is not None}
        try:
            walk = self._walk(one)
        except ScoliogaitError as error:
            return ScreeningOutcome(**known, walk_id=one.walk_id, error=error)
        self.keep_walk(walk)
        known |= {"walk_id": walk.walk_id, "source": walk.source, "people": walk.people, "walk": walk}
        screener = self._model.screener
        try:
            return ScreeningOutcome(**known, screening=screener.screen(walk))
        except DataError as error:
            return ScreeningOutcome(**known, error=error)
        except MemoryError:
            reason = f"{walk.source}: takes more memory to screen than there is; give a shorter part"
            return ScreeningOutcome(**known, error=DataError(reason))

    def _walk(self, one: _Input) -> Walk:
        if one.problem is not None:
            raise one.problem
        if one.store is None:
            source, progress = one.camera or one.path, about(one.path.name, self.progress)
            return read_walk(source, modalities=self._model.looked_at, progress=progress, **self._reading)
        walk = walk_of_store(one.store, one.index, self._model.looked_at)
        return with_frame_rate(walk, self._reading["frame_rate_hz"])


def walk_of_store(store: WalkStore, index: int, looked_at: frozenset[str]) -> Walk:
    """With what the model looks at, or all where the walk has none of it, as ``read_walk`` does."""
    there = [name for name in looked_at if store.n_frames(name, index)]
    return store.walk(index, there) if there else store.walk(index)


class _Model:
    """A model of which is known at once what it is, and which is loaded for the first walk that can be read."""

    def __init__(self, given: Place | Screener) -> None:
        self._given = given
        loaded = loaded_of(given)
        if loaded is not None:
            self.facts, contract = loaded.facts, loaded.contract
        else:
            stated = stated_model(path_of(given))  # type: ignore[arg-type]  # no Screener here
            self.facts, contract = stated.facts, stated.config.contract
        self.looked_at: frozenset[str] = contract.looked_at

    @property
    def words(self) -> dict[str, str]:
        is_loaded = "screener" in self.__dict__ or loaded_of(self._given) is not None
        return self.screener.facts if is_loaded else self.facts.in_words()

    @cached_property
    def screener(self) -> Screener:
        from scoliogait.screening import Screener, load_model

        return self._given if isinstance(self._given, Screener) else load_model(path_of(self._given))


def screen_many(
    paths: str | Path | Camera | Sequence[str | Path | Camera],
    model: Place | Screener = DEFAULT_MODEL,
    *,
    person: int | None = None,
    frame_rate_hz: float | None = None,
    layout: str | None = None,
    keep_seen: KeepSeen | None = None,
    backend: str | Backend | None = None,
) -> Screenings:
    """Screen the walks of files, folders, trees, stores and patterns, one after the other; a bad one stops no other.

    A camera records its walk when its turn comes, before all others.

    paths: one or several. A folder is looked through with all its folders, unless it is one walk (see ``find_walks``);
    a pattern such as ``"walks/**/*.npz"`` stands for what it matches. What comes twice is screened once. model: as for
    ``screen``. person, frame_rate_hz, layout, keep_seen, backend: as for ``read_walk``, for all walks; a network is
    loaded once.

        for outcome in sg.screen_many("walks"):
            print(outcome.where, outcome.outcome, outcome.reason)

    ``pandas.DataFrame(outcome.to_row() for outcome in sg.screen_many("walks"))`` is the table of ``screen --csv``.
    Raises DataError when no path is given or the poses of one video are given for several inputs, and as
    ``backend_named`` does; ModelError when the model cannot be loaded, which happens when the first walk was read.
    """
    given = [paths] if isinstance(paths, str | Path | Camera) else list(paths)
    if not given:
        raise DataError("screen_many: no path is given; give files, folders or patterns")
    known = _Model(model)
    looks = None if backend is None else backend_named(backend, layout)
    cameras = [one for one in given if isinstance(one, Camera)]
    found = find_walks([one for one in given if not isinstance(one, Camera)], _has_store_header)
    reading = {"person": person, "frame_rate_hz": frame_rate_hz, "layout": layout, "keep_seen": keep_seen}
    screenings = Screenings(found, known, reading | {"backend": looks}, cameras)
    check_one_video(looks, len(screenings))
    return screenings


def screenings_of_place(place: WalkPlace, model: Screener, reading: Mapping[str, Any]) -> Screenings:
    """Of one place that was found before. reading: person, frame_rate_hz, layout, backend, as for ``screen_many``."""
    found = FoundWalks((place,), (), {})
    return Screenings(found, _Model(model), {**reading, "keep_seen": None})


def _has_store_header(folder: Path) -> bool:
    """A damaged store counts too: opening it says what is wrong."""
    from scoliogait.data.store_format import HEADER_FILE

    return os.path.isfile(folder / HEADER_FILE)  # noqa: PTH113 -- False where the folder may not be entered


def _inputs(place: WalkPlace, reading: Mapping[str, Any]) -> list[_Input]:
    if place.problem is not None:
        return [_Input(place.path, problem=DataError(place.problem))]
    return _walks_of_store(place, reading) if place.is_store else [_Input(place.path)]


def _walks_of_store(place: WalkPlace, reading: Mapping[str, Any]) -> list[_Input]:
    from scoliogait.data.store import WalkStore

    try:
        if reading["person"] is not None or reading["layout"] is not None:
            raise DataError(
                f"{place.path}: a store holds one person a walk, in one order of joints; choose at its import"
            )
        if reading["backend"] is not None:
            raise DataError(f"{place.path}: a store holds no videos; leave out --backend (backend in Python)")
        store = WalkStore.open(place.path)
    except DataError as error:
        return [_Input(place.path, problem=error)]
    return [_Input(place.path, store, index) for index in range(len(store))]
