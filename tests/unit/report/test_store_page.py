"""The page on a store: complete, self-contained, and honest about what it cannot show."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from scoliogait.cli import app
from scoliogait.data.partition import Partition, write_partition
from scoliogait.data.store import write_store
from scoliogait.errors import DataError
from scoliogait.report.store_figures import joint_table_figure
from training_fixtures import tiny_store
from walk_fixtures import drawn_walks


class Balance(HTMLParser):
    """Counts what is open; void elements never are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def analyze(*arguments: object) -> None:
    result = CliRunner().invoke(app, ["data", "analyze", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def text_of(page: str) -> str:
    without_style = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without_style)).split())


def check_alone(page: str) -> None:
    """Well-formed, and nothing is loaded from elsewhere."""
    parser = Balance()
    parser.feed(page)
    assert not parser.open
    assert "<script" not in page
    assert all(source.startswith("data:image/png;base64,") for source in re.findall(r'src="([^"]*)"', page))
    assert "http" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)


def test_a_store_with_poses_and_a_partition(tmp_path: Path) -> None:
    walks = [replace(walk, walk_id=f"<b>{walk.walk_id}") for walk in drawn_walks(8, 10)]
    store = write_store(tmp_path / "a & b", walks, {})
    write_partition(tmp_path / "p.json", Partition("p", store.walk_ids[:18], store.walk_ids[18:]))
    analyze(store.path, "--partition", tmp_path / "p.json", "--out", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    check_alone(page)
    assert "a &amp; b" in page
    assert "&lt;b&gt;w0" in page
    assert "<b>" not in page
    text = text_of(page)
    for words in (
        "These walks are simulated",
        "training and validation walks of partition p",
        "Hazards of partition p",
        "Asymmetry (PAV) of 18 walks by class",
        "all walks of a person in a class are averaged first",
        "Benjamini-Yekutieli",
        "folds that keep people together: 18 walks of 9 people",
        "grey mass in the columns that models cut away",
        "typical neutral: PAV nearest to the median",
    ):
        assert words in text
    assert len(re.findall("<figure>", page)) >= 7


def test_a_store_of_silhouettes_says_what_it_cannot_show(tmp_path: Path) -> None:
    walks = [replace(walk, poses=None, subject_id=None) for walk in drawn_walks(2, 12, silhouettes=True)]
    write_store(tmp_path / "store", walks, {})
    analyze(tmp_path / "store", "--out", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    check_alone(page)
    text = text_of(page)
    assert "Without poses this page cannot show confidence, missing joints, asymmetries" in text
    assert "The person of 6 of 6 walks is unknown" in text
    assert "<figure>" not in page
    assert "Asymmetry (PAV) of" not in text
    assert "No partition was given" in text
    with pytest.raises(DataError, match="exists"):
        analyze(tmp_path / "store", "--out", tmp_path / "page.html")
    analyze(tmp_path / "store", "--out", tmp_path / "page.html", "--overwrite")


def test_bad_targets_are_refused(tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store")
    with pytest.raises(DataError, match="is a folder"):
        analyze(store.path, "--out", tmp_path)
    with pytest.raises(DataError, match="is not a walk store"):
        analyze(tmp_path, "--out", tmp_path / "page.html")
    with pytest.raises(DataError, match=r"joint table has shape \(2, 5\); expected \(1, 17\)"):
        joint_table_figure(np.zeros((2, 5)), ["all"], "x", percent=True)
