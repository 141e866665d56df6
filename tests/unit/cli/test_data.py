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
