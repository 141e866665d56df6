"""The picture of the rooms: its table is up to date, its arrows are those of the files, its boxes tell the truth."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from tools.draw_rooms import (
    PACKAGE,
    PAGE,
    Room,
    boxes,
    direct_arrows,
    draw,
    floors,
    ground_floor,
    main,
    read_rooms,
    table,
    with_table,
)

ROOMS = read_rooms()


def room(name: str, *imports: str, lines: int = 100, single_file: bool = False) -> Room:
    return Room(name, f"What {name} does", lines, frozenset(imports), single_file)


def small_house() -> dict[str, Room]:
    """fact <- low <- middle <- high, and high also imports low directly; aside hangs under high alone."""
    rooms = [
        room("fact", single_file=True),
        room("low", "fact"),
        room("middle", "low", "fact"),
        room("aside", "fact", lines=400),
        room("high", "middle", "low", "aside", "fact"),
    ]
    return {each.name: each for each in rooms}


def test_the_table_of_the_page_is_up_to_date() -> None:
    assert main(["--check"]) == 0, "run python tools/draw_rooms.py"


def test_a_stale_table_is_noticed_and_renewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, picture = tmp_path / "page.md", tmp_path / "rooms.png"
    page.write_text(PAGE.read_text(encoding="utf-8").replace("| `training/` |", "| `drilling/` |"), encoding="utf-8")
    assert main(["--check"], page, picture) == 1
    assert "out of date" in capsys.readouterr().err
    assert not picture.exists()
    assert main([], page, picture) == 0
    assert page.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        with_table("# Architecture\n", ROOMS)


def test_arrows_are_those_that_the_lines_of_the_files_show() -> None:
    """A plain search for words, beside the syntax tree that the tool reads."""
    word = re.compile(r"^\s*(?:from|import) scoliogait\.(\w+)", re.MULTILINE)
    for name, known in ROOMS.items():
        files = (PACKAGE / name).rglob("*.py") if (PACKAGE / name).is_dir() else [PACKAGE / f"{name}.py"]
        found = {other for file in files for other in word.findall(file.read_text(encoding="utf-8"))}
        assert found - {name} <= known.imports
        assert known.imports - found <= {"recipes", "samples"}, "imported as `from scoliogait import room`"


def test_floors_of_a_small_house() -> None:
    rooms = small_house()
    assert ground_floor(rooms) == {"fact"}
    assert floors(rooms) == {"fact": 0, "low": 1, "middle": 2, "aside": 2, "high": 3}
    assert direct_arrows(rooms) == {("middle", "low"), ("high", "middle"), ("high", "aside")}
    rows = table(rooms).splitlines()
    assert rows[2] == "| `high/` | What high does | aside, low, middle |"
    assert rows[-1].endswith("may import: fact.")


def test_every_arrow_points_down_and_no_box_hides_another() -> None:
    level, places = floors(ROOMS), boxes(ROOMS)
    assert all(
        level[name] > level[other] for name, each in ROOMS.items() for other in each.imports - ground_floor(ROOMS)
    )
    for one, other in combinations(places.values(), 2):
        apart_x = abs(one.x - other.x) > (one.width + other.width) / 2
        apart_y = abs(one.y - other.y) > (one.height + other.height) / 2
        assert apart_x or apart_y


def test_area_is_lines_of_code() -> None:
    places = boxes(small_house())
    area = {name: box.width * box.height for name, box in places.items()}
    assert area["aside"] == pytest.approx(4 * area["low"])


def test_the_picture_is_the_same_each_time() -> None:
    pictures = []
    for _ in range(2):
        canvas = FigureCanvasAgg(draw(ROOMS))
        canvas.draw()
        pictures.append(bytes(canvas.buffer_rgba()))
    assert pictures[0] == pictures[1]
