import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from scoliogait.cli import app
from scoliogait.data.store import WalkStore
from scoliogait.errors import DataError
from scoliogait.io.opengait_pickle import load_array_pickle
from trees import noisy_poses, write_array_pickle, write_pose_tree, write_silhouette_tree


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["data", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def trees(tmp_path: Path) -> list[Path]:
    return [write_pose_tree(tmp_path / "pose", 4, 30), write_silhouette_tree(tmp_path / "sil", 4)]


def test_import_check_and_export(tmp_path: Path, trees: list[Path]) -> None:
    store, tree = tmp_path / "store", tmp_path / "tree"
    assert "4 walks with poses and silhouettes" in run("import", *trees, "--frame-rate-hz", 15, "--out", store)
    assert WalkStore.open(store).walk(0).frame_rate_hz == 15
    for checked in ([*trees], [store]):
        assert "nothing to mend" in run("check", *checked)
    assert "lengths-differ" in run("check", store)
    assert "30 pose frames and 10 silhouettes" not in run("check", store)
    assert "30 pose frames and 10 silhouettes" in run("check", store, "--notes")
    assert run("check", store, "--notes", "--again") == run("check", store, "--notes")
    with pytest.raises(DataError, match="--again: only of a store"):
        run("check", *trees, "--again")
    partition = tmp_path / "split.json"
    partition.write_text(json.dumps({"TRAIN_SET": ["00000", "00001"], "TEST_SET": ["00002"]}))
    run("export", store, "--out", tree, "--partition", partition, "--set", "sigma_limb=15", "--set", "size=128")
    (maps,) = (tree / "00000").rglob("0_heatmap.pkl")
    assert load_array_pickle(maps).shape == (30, 2, 128, 128)
    contract = json.loads((tree / "export.json").read_text())["contract"]
    assert contract["skeleton_map"]["sigma_limb"] == 15
    assert "test walks included" in run("export", store, "--out", tree, "--overwrite")
    for kind in ("poses", "silhouettes"):
        run("export", store, "--out", tmp_path / kind, "--kind", kind)
        (file,) = (tmp_path / kind / "00000").rglob("*.pkl")
        assert load_array_pickle(file).shape == ((30, 17, 3) if kind == "poses" else (10, 64, 64))


def test_people_come_from_a_table_and_are_counted(tmp_path: Path, trees: list[Path]) -> None:
    table = tmp_path / "people.csv"
    table.write_text("id,subject\n00000,Ann\n00001,Ann\n00002,Bo\n00003,Cy\n")
    said = run("import", *trees, "--subjects", table, "--joints", "COCO-17", "--out", tmp_path / "store")
    assert "3 people" in " ".join(said.split())
    split = tmp_path / "split.json"
    split.write_text(json.dumps({"TRAIN_SET": ["00000", "00002"], "TEST_SET": ["00001", "00003"]}))
    alone = CliRunner().invoke(app, ["data", "check", *map(str, trees), "--partition", str(split), "--json"])
    named = CliRunner().invoke(
        app, ["data", "check", *map(str, trees), "--partition", str(split), "--json", "--subjects", str(table)]
    )
    assert "Ann" not in alone.output
    kinds = [{hazard["kind"] for hazard in json.loads(result.stdout)["hazards"]} for result in (alone, named)]
    assert "people-on-both-sides" in kinds[1] - kinds[0]
    table.write_text("id,subject\n00000,Ann\n")
    lacking = CliRunner().invoke(app, ["data", "check", *map(str, trees), "--subjects", str(table)])
    assert lacking.exit_code == 2
    assert "has no row for 3 ids" in lacking.output


def test_what_is_stated_of_walks_needs_walks(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("id,class\na,positive\n")
    arguments = ["data", "check", str(table), "--partition", "118", "--frame-rate-hz", "15"]
    with pytest.raises(DataError, match="are about walks; name trees or a store"):
        CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_check_lists_all_and_ends_with_code_2(trees: list[Path]) -> None:
    (trees[0] / "00001" / "Negative").rename(trees[0] / "00001" / "Negativ [1]")
    write_array_pickle(next((trees[0] / "00002").rglob("*.pkl")), noisy_poses(2, n_frames=1))
    result = CliRunner().invoke(app, ["data", "check", *map(str, trees), "--partition", "118"])
    assert result.exit_code == 2
    for words in ("unknown class 'Negativ [1]'", "has 1 frame (poses)", "lacks 1489 of 1493 ids of partition 118"):
        assert words in result.output
    assert "unusable: unknown-class 1" in result.output


def test_settings_that_mean_nothing_are_refused(tmp_path: Path, trees: list[Path]) -> None:
    run("import", *trees, "--out", tmp_path / "store")
    for arguments, words in (
        (["--kind", "poses", "--set", "size=64"], "has no meaning for poses"),
        (["--set", "sigma"], "expected name=value"),
    ):
        with pytest.raises(DataError, match=words):
            run("export", tmp_path / "store", "--out", tmp_path / "tree", *arguments)


def test_an_error_is_one_line_and_code_2_in_a_real_process(tmp_path: Path, trees: list[Path]) -> None:
    write_array_pickle(next((trees[0] / "00002").rglob("*.pkl")), np.full((4, 17, 3), np.nan, np.float32))
    command = [sys.executable, "-m", "scoliogait", "data", "import", str(trees[0]), "--out", str(tmp_path / "store")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: 1 problem makes walks unusable, the first: ")
    assert not (tmp_path / "store").exists()


def test_a_few_notes_are_shown(tmp_path: Path) -> None:
    trees = [write_pose_tree(tmp_path / "pose", 2, 30), write_silhouette_tree(tmp_path / "sil", 2)]
    assert "30 pose frames and 10 silhouettes" in run("check", *trees, "--frame-rate-hz", 15)
