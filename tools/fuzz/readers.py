"""What is fuzzed of our own files and of the published ones, with small whole files to start from."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from tools.fuzz.reader import Reader

from scoliogait.checkpoints.bundle import load_bundle, save_bundle
from scoliogait.checkpoints.config_file import config_digest
from scoliogait.checkpoints.model_folder import exported_file, model_folder
from scoliogait.checkpoints.opengait_config import read_opengait_config
from scoliogait.checkpoints.weights import read_weights
from scoliogait.data.partition import read_partition
from scoliogait.data.roster import read_label_table
from scoliogait.data.store import write_store
from scoliogait.data.store_checks import check_header, check_rows
from scoliogait.data.store_columns import TABLE_SCHEMA
from scoliogait.data.store_format import STORE, StoreHeader
from scoliogait.evaluation.predictions import Predictions, read_predictions, write_predictions
from scoliogait.exported.read import read_form
from scoliogait.exported.sealed_onnx import GRAPH, digest_of, seal, unseal
from scoliogait.files import read_json, sha256_of
from scoliogait.incoming import parse_json
from scoliogait.io.layouts import LAYOUTS
from scoliogait.io.native import write_walk
from scoliogait.io.read import read_walk
from scoliogait.json_file import read_versioned
from scoliogait.models.sconet import ScoNet
from scoliogait.representation.contract import OPENGAIT_SKELETON
from scoliogait.samples import sample_paths
from scoliogait.skeleton import JOINT_NAMES
from scoliogait.table_file import read_table
from scoliogait.training.recipe_file import load_recipe
from scoliogait.training.recipe_list import recipe_source
from scoliogait.walk import Walk

RECORDED = read_walk(sample_paths()[0])
POSES = np.asarray(RECORDED.poses)[:12]
MASKS = np.zeros((4, 64, 64), np.uint8)
MASKS[:, 16:48, 24:40] = 255
OPEN = ("BODY_25", "COCO-18")
WALK = Walk(walk_id="w", poses=POSES, silhouettes=MASKS, silhouettes_aligned=True)


def _npz_seeds(folder: Path) -> list[bytes]:
    write_walk(folder / "walk.npz", WALK)
    foreign = io.BytesIO()
    np.savez(foreign, keypoints=POSES, fps=30.0, frame_size=np.array([640, 480]), subject="p")
    return [(folder / "walk.npz").read_bytes(), foreign.getvalue()]


def _openpose_seeds(_: Path) -> list[bytes]:
    rows = [
        [JOINT_NAMES.index(joint) if joint in JOINT_NAMES else 0 for joint in LAYOUTS[name].joints] for name in OPEN
    ]
    people = [{"pose_keypoints_2d": POSES[0, row].ravel().round(1).tolist()} for row in rows]
    return [json.dumps({"people": people[:1]}).encode(), json.dumps({"people": people[1:]}).encode(), b'{"people": []}']


def _png_seeds(_: Path) -> list[bytes]:
    small = MASKS[0, ::8, ::8]
    pictures = (small, np.repeat(small[..., None], 3, axis=2), small.astype(np.uint16) * 257)
    return [cv2.imencode(".png", picture)[1].tobytes() for picture in pictures]


def _pickle_seeds(_: Path) -> list[bytes]:
    return [pickle.dumps(POSES, protocol=protocol) for protocol in (0, 2, 3, 4, 5)]


def _yaml_seeds(_: Path) -> list[bytes]:
    return [recipe_source(name).file.read_bytes() for name in ("small-ske", "drf-112")]


def _opengait_seeds(_: Path) -> list[bytes]:
    return [b"data_cfg: {dataset_root: a}\nmodel_cfg: {model: ScoNet, SeparateBNNecks: {class_num: 3}}"]


def _partition_seeds(_: Path) -> list[bytes]:
    return [json.dumps({"TRAIN_SET": ["a", "b"], "TEST_SET": ["c"], "FACTS": {"purpose": "proxy"}}).encode()]


def _label_seeds(_: Path) -> list[bytes]:
    return [b"id,class,subject\na,negative,p\nb,positive,\n"]


def _prediction_seeds(folder: Path) -> list[bytes]:
    chances = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]])
    given = Predictions(("a", "b"), (None, "p"), np.array([0, -1]), np.log(chances), chances, {"simulated": "yes"})
    return [write_predictions(folder / "p.parquet", given).read_bytes()]


@cache
def _store(folder: Path) -> Path:
    return write_store(folder / "store", [WALK, WALK.with_changes(walk_id="v")], {}).path


def _read_store_header(path: Path) -> None:
    header = read_versioned(path, StoreHeader, STORE)
    check_header(path.parent, header)
    rows = read_table(_store(path.parent) / "walks.parquet", TABLE_SCHEMA, "again").to_pylist()
    check_rows(path.parent, header, rows)


def _read_store_table(path: Path) -> None:
    header = read_versioned(_store(path.parent) / "store.json", StoreHeader, STORE)
    check_rows(path.parent, header, read_table(path, TABLE_SCHEMA, "again").to_pylist())


def _bundle(folder: Path) -> Path:
    bundle = folder / "model"
    if not bundle.exists():
        torch.manual_seed(0)  # the config of a seed names the checksum of the weights
        module = ScoNet(in_channels=2, channels=(1, 1, 1, 1), embedding=2)
        save_bundle(bundle, module, OPENGAIT_SKELETON, provenance={"simulated": "yes"}, metrics={})
    return bundle


def _read_bundle_config(path: Path) -> None:
    """With the digest made again, so that what lies behind it is reached."""
    bundle = _bundle(path.parent)
    content = read_json(path)
    if isinstance(content, dict):
        content["digest"] = config_digest({key: value for key, value in content.items() if key != "digest"})
    (bundle / "config.json").write_text(json.dumps(content))
    load_bundle(bundle).facts  # noqa: B018 -- made of what the file says


def _bundle_seeds(folder: Path) -> list[bytes]:
    return [(_bundle(folder) / "config.json").read_bytes()]


def _read_export(path: Path) -> None:
    """With digests made again, so that what lies behind them is reached."""
    graph, text = unseal(path.read_bytes(), path)
    content = parse_json(text, path)
    if isinstance(content, dict):
        content["files"] = {GRAPH: digest_of(graph)}
        content["digest"] = config_digest({key: value for key, value in content.items() if key != "digest"})
    path.write_bytes(seal(graph, json.dumps(content).encode()))
    read_form(path)


def _export_seeds(_: Path) -> list[bytes]:
    file = exported_file(model_folder("builtin:pose-set"))
    graph, form = unseal(file.read_bytes(), file)
    return [file.read_bytes(), seal(b"", form), seal(graph[:400], b"{}")]


@cache
def _linear() -> torch.nn.Module:
    return torch.nn.Linear(3, 2)


def _weights_seeds(folder: Path) -> list[bytes]:
    from safetensors.torch import save

    return [save(_linear().state_dict())]


READERS: Mapping[str, Reader] = {
    "npz": Reader("walk.npz", read_walk, _npz_seeds),
    "openpose": Reader("a_000000000000_keypoints.json", lambda path: read_walk(path.parent), _openpose_seeds),
    "png": Reader("000.png", lambda path: read_walk(path.parent), _png_seeds),
    "pickle": Reader("walk.pkl", read_walk, _pickle_seeds),
    "recipe": Reader("recipe.yaml", load_recipe, _yaml_seeds),
    "opengait-yaml": Reader("config.yaml", read_opengait_config, _opengait_seeds),
    "partition": Reader("partition.json", read_partition, _partition_seeds),
    "labels": Reader("labels.csv", read_label_table, _label_seeds),
    "predictions": Reader("p.parquet", read_predictions, _prediction_seeds),
    "store-header": Reader("store.json", _read_store_header, lambda f: [(_store(f) / "store.json").read_bytes()]),
    "store-table": Reader("walks.parquet", _read_store_table, lambda f: [(_store(f) / "walks.parquet").read_bytes()]),
    "bundle": Reader("given.json", _read_bundle_config, _bundle_seeds),
    "export": Reader("model.onnx", _read_export, _export_seeds),
    "weights": Reader("model.safetensors", lambda path: read_weights(path, _linear(), sha256_of(path)), _weights_seeds),
}
