"""Draw the rooms of the package from its import statements, and write their table into docs/architecture.md.

    python tools/draw_rooms.py            # writes docs/images/rooms.png and the table
    python tools/draw_rooms.py --check    # writes nothing; exit code 1 when the table is out of date

A room is a folder or a single file of ``src/scoliogait``. Its purpose is the first sentence of its docstring.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "scoliogait"
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "images" / "rooms.png"
BEGIN, END = "<!-- rooms: written by tools/draw_rooms.py -->", "<!-- end of rooms -->"

SHARED_BY = 3  # a single file that so many rooms import, and that imports no room, lies on the ground floor
ASPECT = 2.3  # width of a box by its height
SIDE = 0.0185  # height of a box in inches, by the root of its lines
FLOOR = 1.9  # inches from floor to floor
INK, SOFT, GROUND_FILL, FILL, TOP_FILL = "#1d2b2a", "#9db3b1", "#eef3f2", "#d5e8e5", "#f6e7cf"


@dataclass(frozen=True)
class Room:
    name: str
    purpose: str
    n_lines: int
    imports: frozenset[str]
    single_file: bool


@dataclass(frozen=True)
class Box:
    """Middle, width and height in inches."""

    x: float
    y: float
    width: float
    height: float


def read_rooms(package: Path = PACKAGE) -> dict[str, Room]:
    """Every room by name; the front door (``__init__``) and ``__main__`` are none."""
    rooms = {}
    for path in sorted(package.iterdir()):
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.suffix == ".py" else []
        name = path.name.removesuffix(".py")
        if not files or name.startswith("__"):
            continue
        sources = {file: file.read_text(encoding="utf-8") for file in files}
        imports = frozenset().union(*(imported_rooms(source) for source in sources.values())) - {name}
        front = sources.get(path / "__init__.py", sources[files[0]])
        n_lines = sum(len(source.splitlines()) for source in sources.values())
        rooms[name] = Room(name, first_sentence(front), n_lines, imports, path.is_file())
    return {name: room for name, room in rooms.items() if room.n_lines}


def imported_rooms(source: str) -> frozenset[str]:
    """Names of the rooms that a module imports anywhere, inside functions too."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "scoliogait":
            modules += [f"scoliogait.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(node.module or "")
    names = {module.split(".")[1] for module in modules if module.startswith("scoliogait.")}
    return frozenset(name for name in names if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file())


def first_sentence(source: str) -> str:
    paragraph = (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")[0]
    return " ".join(paragraph.split()).removesuffix(".").replace("``", "`").replace("|", r"\|")


def ground_floor(rooms: Mapping[str, Room]) -> frozenset[str]:
    """Single files with facts that many rooms share; all arrows may end there, so that the picture leaves them out."""
    shared = {name for name in rooms if sum(name in room.imports for room in rooms.values()) >= SHARED_BY}
    ground = {name for name in shared if rooms[name].single_file}
    while any(not rooms[name].imports <= ground for name in ground):
        ground = {name for name in ground if rooms[name].imports <= ground}
    return frozenset(ground)


def floors(rooms: Mapping[str, Room]) -> dict[str, int]:
    """0 for the ground floor; each other room stands directly below the lowest that imports it, the top room highest.

    Raises graphlib.CycleError for a circle.
    """
    ground = ground_floor(rooms)
    upwards = list(TopologicalSorter({name: room.imports for name, room in rooms.items()}).static_order())
    depth: dict[str, int] = {}
    for name in reversed(upwards):
        depth[name] = max((depth[other] + 1 for other in rooms if name in rooms[other].imports), default=0)
    deepest = max(depth[name] for name in rooms if name not in ground)
    return {name: 0 if name in ground else deepest - depth[name] + 1 for name in rooms}


def direct_arrows(rooms: Mapping[str, Room]) -> set[tuple[str, str]]:
    """Imports between rooms above the ground floor that no longer way through other rooms implies."""
    ground = ground_floor(rooms)

    def below(name: str) -> set[str]:
        return {other for child in rooms[name].imports - ground for other in {child, *below(child)}}

    return {
        (name, child)
        for name, room in rooms.items()
        for child in room.imports - ground
        if not any(child in below(other) for other in room.imports - ground - {child})
    }


def table(rooms: Mapping[str, Room]) -> str:
    """The rooms from the top floor down; those of the ground floor are named in one line and not again in each row."""
    level, ground = floors(rooms), ground_floor(rooms)
    order = sorted(rooms, key=lambda name: (-level[name], name))
    lines = ["| room | what it is for | imports |", "|---|---|---|"]
    for name in order:
        shown = sorted(room for room in rooms[name].imports if name in ground or room not in ground)
        place = f"`{name}.py`" if rooms[name].single_file else f"`{name}/`"
        lines.append(f"| {place} | {rooms[name].purpose} | {', '.join(shown) or '–'} |")
    lines += ["", f"Ground floor, which every room may import: {', '.join(sorted(ground))}."]
    return "\n".join(lines)


def with_table(page: str, rooms: Mapping[str, Room]) -> str:
    """The page with its table renewed. Raises ValueError without the two marks between which it stands."""
    before, mark, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table(rooms)}\n\n{END}{after}"


def boxes(rooms: Mapping[str, Room]) -> dict[str, Box]:
    """Places: a row per floor, neighbours near to what they import, the area of a box as the lines of its room."""
    level = floors(rooms)
    rows = [sorted(name for name in rooms if level[name] == floor) for floor in range(max(level.values()) + 1)]
    width = max(_row_width(row, rooms) for row in rows)
    neighbours = direct_arrows(rooms)
    places: dict[str, Box] = {}
    for floor, row in enumerate(rows):
        wanted = {name: _mean([places[low].x for high, low in neighbours if high == name], width / 2) for name in row}
        row = sorted(row, key=lambda name: (wanted[name], name))
        gap = (width - sum(_size(rooms[name])[0] for name in row)) / (len(row) + 1)
        left = gap
        for name in row:
            box_width, box_height = _size(rooms[name])
            places[name] = Box(left + box_width / 2, floor * FLOOR - box_height / 2, box_width, box_height)
            left += box_width + gap
    return places


def _size(room: Room) -> tuple[float, float]:
    height = SIDE * room.n_lines**0.5
    return ASPECT * height, height


def _row_width(row: Sequence[str], rooms: Mapping[str, Room]) -> float:
    return sum(max(_size(rooms[name])[0], 0.9) for name in row) + 0.45 * (len(row) + 1)


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def draw(rooms: Mapping[str, Room]) -> Figure:
    places, ground, level = boxes(rooms), ground_floor(rooms), floors(rooms)
    right = max(box.x + box.width / 2 for box in places.values()) + 0.3
    top = max(level.values()) * FLOOR
    figure = Figure(figsize=(right + 0.3, top + 1.5))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.3, right), ylim=(-1.0, top + 0.5), aspect="equal")
    axes.axis("off")
    highest = {name for name in rooms if not any(name in room.imports for room in rooms.values())}
    direct = direct_arrows(rooms)
    for name, room in sorted(rooms.items()):
        for other in sorted(room.imports - ground):
            _arrow(axes, places[name], places[other], (name, other) in direct)
    for name, room in sorted(rooms.items()):
        fill = GROUND_FILL if name in ground else TOP_FILL if name in highest else FILL
        _room(axes, places[name], room, fill)
    axes.text(-0.2, -0.75, "Ground floor: every room may import it.", color=INK, fontsize=8, va="center")
    axes.text(
        -0.2,
        top + 0.3,
        "Area: lines of code. Arrow: imports; grey where a way through other rooms implies it.",
        color=INK,
        fontsize=8,
        va="center",
    )
    return figure


def _room(axes: Axes, box: Box, room: Room, fill: str) -> None:
    corner = (box.x - box.width / 2, box.y - box.height / 2)
    style = f"round,pad=0,rounding_size={min(0.06, box.height / 3)}"
    axes.add_patch(
        FancyBboxPatch(corner, box.width, box.height, style, facecolor=fill, edgecolor=INK, lw=0.8, zorder=3)
    )
    inside = box.width > 0.095 * len(room.name)
    words = f"{room.name}\n{room.n_lines:,}" if inside and box.height > 0.3 else f"{room.name} {room.n_lines:,}"
    inside = inside and box.height > 0.3
    y = box.y if inside else box.y - box.height / 2 - 0.1
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
    axes.text(
        box.x, y, words, ha="center", va="center", fontsize=8, color=INK, zorder=4, bbox=None if inside else paper
    )


def _arrow(axes: Axes, start: Box, end: Box, direct: bool) -> None:
    axes.add_patch(
        FancyArrowPatch(
            (start.x, start.y - start.height / 2),
            (end.x, end.y + end.height / 2),
            arrowstyle="-|>",
            mutation_scale=8,
            shrinkA=0,
            shrinkB=1,
            lw=0.9 if direct else 0.4,
            color=INK if direct else SOFT,
            zorder=2 if direct else 1,
        )
    )


def main(arguments: Sequence[str] | None = None, page: Path = PAGE, picture: Path = PICTURE) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether the table is up to date")
    check = parser.parse_args(arguments).check
    rooms = read_rooms()
    now = page.read_text(encoding="utf-8")
    renewed = with_table(now, rooms)
    if check:
        if renewed != now:
            print(f"{page}: the table of rooms is out of date; run python tools/draw_rooms.py", file=sys.stderr)
        return int(renewed != now)
    page.write_text(renewed, encoding="utf-8")
    draw(rooms).savefig(picture, dpi=110, metadata={"Software": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
