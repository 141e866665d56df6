"""``scoliogait drift``: tables of results in, which site moved out, as a function and as typed."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import scoliogait as sg
from pictures import is_drawn
from report_results import DIGEST, refused, result
from scoliogait.cli import app
from scoliogait.errors import DataError
from scoliogait.report.row_files import csv_file, json_lines_file
from scoliogait.report.screening_table import COLUMNS, screening_row

MODEL = {"name": "school-a", "digest": DIGEST, "training_walks": "recorded"}


def table(path: Path, rows: Iterable[tuple[str, str]], digest: str = DIGEST) -> Path:
    """rows: file and outcome of each input."""
    write = csv_file if path.suffix == ".csv" else json_lines_file
    with write(path, COLUMNS) as add:
        for file, outcome in rows:
            answered = {"file": file, **result(outcome=outcome)}
            entry: dict[str, Any] = (
                answered if outcome in ("screened", "inconclusive") else {**refused("dark"), "file": file}
            )
            add(screening_row(entry, MODEL | {"digest": digest}, file, None))
    return path


def night(shares: dict[str, float], n: int = 200, seed: int = 0) -> list[tuple[str, str]]:
    """n inputs of each site, of which a share is refused."""
    generator = np.random.default_rng(seed)
    return [
        (f"/walks/{site}/room {k % 3}/{k}.npz", "not usable" if generator.random() < share else "screened")
        for site, share in shares.items()
        for k in range(n)
    ]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_site_that_refuses_more_is_named(kind: str, tmp_path: Path) -> None:
    found = sg.drift(table(tmp_path / f"r.{kind}", night({"Hill": 0.05, "Lake": 0.06, "Mill": 0.4})))
    assert [(site.name, site.tally.n, site.against) for site in found.sites] == [
        (name, 200, "the sites that are alike") for name in ("Hill", "Lake", "Mill")
    ]
    assert found.sites[2].moved == ("refused",)
    assert "Mill against the sites that are alike: share refused 3" in str(found)
    assert "independent" in str(found)


def test_a_site_is_compared_with_itself_before(tmp_path: Path) -> None:
    before = table(tmp_path / "before.csv", night({"Hill": 0.05, "Mill": 0.4}, seed=1))
    after = table(tmp_path / "after.csv", night({"Hill": 0.3, "Mill": 0.4, "New": 0.2}, seed=2))
    found = {site.name: site for site in sg.drift(after, against=before).sites}
    assert found["Hill"].moved == ("refused",)
    assert found["Hill"].against == "this site before"
    assert not found["Mill"].moved
    assert found["New"].against == "all sites before"


def test_the_site_can_come_from_a_table(tmp_path: Path) -> None:
    rows = night({"x": 0.1})
    results = table(tmp_path / "r.csv", rows)
    sites = tmp_path / "sites.csv"
    with sites.open("w", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["file", "school", "camera"])
        lines.writerows([file, f"school {k % 4}", f"camera {k % 2}"] for k, (file, _) in enumerate(rows))
    assert len(sg.drift(results, by="school", table=sites).sites) == 4
    assert len(sg.drift(results, by="camera", table=sites).sites) == 2
    with pytest.raises(DataError, match="has no column 'schol'; did you mean school"):
        sg.drift(results, by="schol", table=sites)
    with pytest.raises(DataError, match="belong together"):
        sg.drift(results, by="school")
    sites.write_text("file,school\n" + f"{rows[0][0]},a\n")
    with pytest.raises(DataError, match=r"has no line with file '/walks/x/room 1/1\.npz'; add it, with its site"):
        sg.drift(results, by="school", table=sites)
    sites.write_text("name,school\na,b\n")
    with pytest.raises(DataError, match="has neither a column file nor id"):
        sg.drift(results, by="school", table=sites)


def test_one_folder_is_one_site(tmp_path: Path) -> None:
    found = sg.drift(table(tmp_path / "r.csv", [(f"here/{k}.npz", "screened") for k in range(40)]))
    assert [(site.name, site.tally.n) for site in found.sites] == [("here", 40)]
    assert not found.moved
    assert "nothing: there is one site" in json.dumps(found.to_dict())


def test_several_models_are_refused(tmp_path: Path) -> None:
    one = table(tmp_path / "a.csv", night({"a": 0.1}, n=3))
    other = table(tmp_path / "b.csv", night({"b": 0.1}, n=3), digest="0" * 64)
    with pytest.raises(DataError, match=r"b\.csv: walk-7: is of the model 000000000000"):
        sg.drift([one, other])
    with pytest.raises(DataError, match="a change of model is no drift"):
        sg.drift(one, against=other)


def test_the_command_prints_writes_and_draws(tmp_path: Path) -> None:
    results = table(tmp_path / "r.csv", night({"Hill": 0.05, "Lake": 0.06, "Mill": 0.4}))
    out, picture = tmp_path / "drift.json", tmp_path / "drift.png"
    command = ["drift", str(results), "--json", str(out), "--picture", str(picture)]
    runner = CliRunner(env={"COLUMNS": "160"})
    answer = runner.invoke(app, command, catch_exceptions=False)
    assert answer.exit_code == 1, answer.output
    assert "Mill against the sites that are alike" in answer.output
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert is_drawn(sg.drift(results).plot())
    content = json.loads(out.read_text())
    assert [site["moved"] for site in content["sites"]] == [[], [], ["refused"]]
    assert isinstance(runner.invoke(app, command).exception, DataError)  # the files are there
    calm = table(tmp_path / "calm.csv", night({"Hill": 0.05, "Lake": 0.06}))
    assert runner.invoke(app, ["drift", str(calm)]).exit_code == 0


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("x,y\n1,2\n")
    with pytest.raises(DataError, match=r"other\.csv: holds no results; give a table that"):
        sg.drift(other)
    with pytest.raises(DataError, match="no such file"):
        sg.drift(tmp_path / "none.csv")
    with pytest.raises(DataError, match="holds no result; give a table"):
        sg.drift(table(tmp_path / "empty.csv", []))


def test_a_picture_of_sites_without_answers_is_drawn(tmp_path: Path) -> None:
    found = sg.drift(table(tmp_path / "r.csv", night({"Hill": 1.0, "Lake": 0.0}, n=40)))
    assert is_drawn(found.plot())
