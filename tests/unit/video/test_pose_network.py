"""Networks that a user gives: each kind of output decodes to the place where a dot was drawn, plain and mirrored."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dot_networks as dots
from onnx_files import INT64, model, node, part, port, tensor
from scoliogait import limits
from scoliogait.errors import DataError, ModelError
from scoliogait.io.backend_names import backend_named
from scoliogait.io.backends import OwnNetwork
from scoliogait.skeleton import JOINT, MIRROR
from scoliogait.video import pose_network
from scoliogait.video.pose_network import NetworkEstimator, part_around

W, H = dots.WIDTH, dots.HEIGHT
KINDS: dict[str, tuple[Callable[[], bytes], dict[str, Any]]] = {
    "simcc": (dots.simcc_network, dots.SIMCC),
    "stride": (lambda: dots.heatmap_network("stride"), dots.STRIDE),
    "ends": (lambda: dots.heatmap_network("ends"), dots.ENDS),
    "coordinates": (dots.coordinates_network, dots.COORDINATES),
}
ENGINES = ["opencv", "onnxruntime"]
# px from the edge of the first pixel; the last two lie at borders, where a peak has one neighbour.
PLACES = {
    "middle of pixels": [[20.5, 12.5], [24.5, 33.5], [30.5, 50.5]],
    "anywhere": [[17.3, 20.8], [22.9, 31.2], [26.6, 44.1]],
}
# These networks mix neighbouring pixels evenly, which bends the tops of dots; coordinates are means over whole dots.
WITHIN_PX = {"simcc": 0.3, "stride": 0.12, "ends": 0.12, "coordinates": 0.12}
SIGMA_PX = {"coordinates": 4.0}
BORDERS = np.array([[0.5, 0.5], [W - 0.5, 20.5], [24.5, H - 0.5]])


def estimator(folder: Path, content: bytes, output: dict[str, Any], engine: str = "opencv", **more: Any) -> Any:
    if engine == "onnxruntime":
        pytest.importorskip("onnxruntime")
    backend = backend_named(f"onnx:{dots.write_network(folder, content, output, **more)}")
    assert isinstance(backend, OwnNetwork)
    return NetworkEstimator(backend.network, backend.network.load(engine))  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_joints_lie_on_their_dots(kind: str, places: Any, engine: str, tmp_path: Path) -> None:
    make, output = KINDS[kind]
    find = estimator(tmp_path, make(), output, engine)
    picture = dots.dots(np.array(places), sigma_px=SIGMA_PX.get(kind, 8.0))
    found = find(picture, np.array([0.0, 0, W, H]))
    assert found is not None
    np.testing.assert_allclose(found.pose[:, :2], dots.expected(np.array(places)), atol=WITHIN_PX[kind])
    np.testing.assert_allclose(found.side_px, 0, atol=WITHIN_PX[kind])
    assert found.pose[:, 2].min() > 0.9
    assert not found.outline.any()


@pytest.mark.parametrize("kind", ["simcc", "ends"])
def test_a_dot_at_a_border(kind: str, tmp_path: Path) -> None:
    make, output = KINDS[kind]
    found = estimator(tmp_path, make(), output)(dots.dots(BORDERS), np.array([0.0, 0, W, H]))
    np.testing.assert_allclose(found.pose[:, :2], dots.expected(BORDERS), atol=WITHIN_PX[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_a_larger_picture_that_reaches_beyond_it(kind: str, tmp_path: Path) -> None:
    make, output = KINDS[kind]
    size_px, places = (200, 150), np.array([[100.0, 30], [104.7, 80], [98.2, 128]])
    picture = dots.dots(places, size_px, sigma_px=10)
    box = np.array([80.0, 10, 120, 160])
    find = estimator(tmp_path, make(), output, input=dots.INPUT | {"box_scale": 1.2})
    found = find(picture, box)
    np.testing.assert_allclose(found.pose[:, :2], dots.expected(places), atol=0.9)  # a third of a pixel of its picture
    left, top, wide, high = part_around(box, (W, H), 1.2)
    assert (left + wide / 2, top + high / 2) == (100, 85)
    assert high == pytest.approx(1.2 * 150)
    assert wide / high == pytest.approx(W / H)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mirrored_picture_gives_the_mirrored_pose(kind: str, tmp_path: Path) -> None:
    make, output = KINDS[kind]
    find = estimator(tmp_path, make(), output)
    places = np.array([[60.2, 31], [70.7, 60], [64.1, 90]])
    picture = dots.dots(places, (128, 120), sigma_px=9)
    one = find(picture, np.array([40.0, 10, 90, 110]))
    other = find(np.ascontiguousarray(picture[:, ::-1]), np.array([38.0, 10, 88, 110]))
    np.testing.assert_allclose(other.pose[list(MIRROR)] * [-1, 1, 1] + [128, 0, 0], one.pose, atol=1e-3)
    np.testing.assert_allclose(other.side_px[list(MIRROR)] * [1, -1], one.side_px, atol=1e-3)


def test_half_of_what_a_network_prefers_is_its_side(tmp_path: Path) -> None:
    places = np.array(PLACES["middle of pixels"])
    find = estimator(tmp_path, dots.simcc_network(shift=6), dots.SIMCC)
    found = find(dots.dots(places), np.array([0.0, 0, W, H]))
    np.testing.assert_allclose(found.pose[:, :2], dots.expected(places), atol=0.05)
    np.testing.assert_allclose(found.side_px, np.tile([3, 0], (17, 1)), atol=0.05)


@pytest.mark.parametrize(("channels", "seen"), [("rgb", 0), ("bgr", 2)])
def test_the_order_of_the_channels(channels: str, seen: int, tmp_path: Path) -> None:
    places = np.array(PLACES["middle of pixels"])
    find = estimator(tmp_path, dots.simcc_network(), dots.SIMCC, input=dots.INPUT | {"channels": channels})
    found = find(dots.dots(places), np.array([0.0, 0, W, H]))
    np.testing.assert_allclose(found.pose[JOINT["nose"], :2], places[seen], atol=0.05)


def test_mean_and_std_are_of_values_up_to_255(tmp_path: Path) -> None:
    said = dots.INPUT | {"mean": [55, 55, 55], "std": [100, 100, 100]}
    find = estimator(tmp_path, dots.simcc_network(), dots.SIMCC, input=said)
    find(dots.dots(np.array(PLACES["middle of pixels"])), np.array([0.0, 0, W, H]))
    assert find.scores == pytest.approx((2.0, 2.0))


def test_nobody_where_no_joint_of_the_trunk_is_sure(tmp_path: Path) -> None:
    find = estimator(tmp_path, dots.simcc_network(), dots.SIMCC)
    picture = dots.dots(np.array(PLACES["anywhere"]))
    picture[..., :2] //= 4
    assert find(picture, np.array([0.0, 0, W, H])) is None


def test_a_layout_that_lacks_joints(tmp_path: Path) -> None:
    folder = tmp_path
    content = dots.simcc_network()
    find = estimator(folder, content, dots.SIMCC, joints="Human3.6M-17")
    found = find(dots.dots(np.array(PLACES["anywhere"])), np.array([0.0, 0, W, H]))
    assert found.pose[JOINT["left_ear"]].tolist() == [0, 0, 0]
    assert found.side_px[JOINT["left_ear"]].tolist() == [0, 0]
    assert found.pose[JOINT["left_shoulder"], 2] > 0.9


def test_nhwc_and_an_open_batch(tmp_path: Path) -> None:
    turned = [
        node("Transpose", ["picture"], ["turned"], {"perm": [0, 3, 1, 2]}),
        node("Gather", ["turned", "channel"], ["joints"], {"axis": 1}),
        node("Identity", ["joints"], ["heat"]),
    ]
    inputs, outputs = [port("picture", ("n", H, W, 3))], [port("heat", ("n", 17, H, W))]
    content = model(inputs, turned, outputs, [tensor("channel", dots.CHANNEL_OF_JOINT)])
    places = np.array(PLACES["anywhere"])
    for engine in ENGINES:
        find = estimator(tmp_path, content, dots.STRIDE, engine, input=dots.INPUT | {"axes": "nhwc"})
        found = find(dots.dots(places), np.array([0.0, 0, W, H]))
        np.testing.assert_allclose(found.pose[:, :2], dots.expected(places), atol=0.1)


def refusal(
    folder: Path, content: bytes, output: dict[str, Any] = dots.SIMCC, engine: str = "opencv", **more: Any
) -> str:
    with pytest.raises((ModelError, DataError)) as error:
        estimator(folder, content, output, engine, **more)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(str(folder / "dots"))
    return str(error.value)


def passing(inputs: list[bytes], outputs: list[bytes], takes: str = "picture") -> bytes:
    return model(inputs, [node("Identity", [takes], ["heat"])], outputs)


PICTURE, HEAT = port("picture", (1, 3, H, W)), port("heat", (1, 17, 16, 12))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (passing([], [HEAT], ""), "takes nothing; expected one picture (float32, 1 x 3 x 64 x 48)"),
        (passing([PICTURE, port("state", (1, 8))], [HEAT]), "takes 'picture' (float32, 1 x 3 x 64 x 48), 'state'"),
        (passing([port("ids", (1, 77), INT64)], [HEAT], "ids"), "takes 'ids' (int64, 1 x 77); expected one picture"),
        (passing([port("picture", (1, 3, H, W), 10)], [HEAT]), "takes 'picture' (float16, 1 x 3 x 64 x 48); expected"),
        (
            passing([port("picture", (4, 3, H, W))], [HEAT]),
            "'picture' (float32, 4 x 3 x 64 x 48); its description says",
        ),
        (passing([port("picture", (1, 3, 256, 192))], [HEAT]), "mend size_px or axes"),
        (passing([port("picture", (1, H, W, 3))], [HEAT]), "mend size_px or axes"),
        (passing([PICTURE], [HEAT, port("more", (1,))]), "gives 2 outputs ('heat' (float32, 1 x 17 x 16 x 12), 'more'"),
        (passing([PICTURE], []), "gives 0 outputs (none); expected 1, as its description says heatmap"),
        (
            passing([PICTURE], [port("heat", (1, 17, 16, 12), INT64)]),
            "gives 'heat' (int64, 1 x 17 x 16 x 12); expected",
        ),
    ],
)
def test_other_inputs_and_outputs_are_refused_and_not_run(
    content: bytes, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pose_network, "run_by", lambda *_: pytest.fail("was run"))
    assert words in refusal(tmp_path, content, dots.STRIDE)


@pytest.mark.parametrize("engine", ENGINES)
def test_outputs_of_another_shape_are_refused(engine: str, tmp_path: Path) -> None:
    content = dots.simcc_network()
    said = refusal(tmp_path, content, dots.SIMCC | {"split_ratio": 3.0}, engine)
    assert "gives outputs of shape (1, 17, 96) and (1, 17, 128); expected (1, 17, 144) and (1, 17, 192)" in said
    assert "expected (1, 26, 96) and (1, 26, 128)" in refusal(tmp_path, content, engine=engine, joints="HALPE-26")
    assert "expected (1, 26, rows, columns)" in refusal(
        tmp_path, dots.heatmap_network("ends"), dots.ENDS, engine, joints="HALPE-26"
    )
    assert "expected (1, 17, 4)" in refusal(
        tmp_path, dots.coordinates_network(), dots.COORDINATES | {"columns": ["x", "y", "score", "unused"]}, engine
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("kind", "takes"), [("Sqrtt", ["picture"]), ("MatMul", ["picture", "picture"])])
def test_what_the_engine_cannot_take_is_one_line(
    kind: str, takes: list[str], engine: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = model([PICTURE], [node(kind, takes, ["heat"])], [HEAT])
    assert f"cannot be run by {engine}" in refusal(tmp_path, content, dots.STRIDE, engine)
    assert capfd.readouterr().out == ""


def logarithm() -> bytes:
    """Of the picture: NaN below 0, minus infinity at 0."""
    nodes = [node("Log", ["picture"], ["log"]), node("Gather", ["log", "channel"], ["heat"], {"axis": 1})]
    return model([PICTURE], nodes, [port("heat", (1, 17, H, W))], [tensor("channel", dots.CHANNEL_OF_JOINT)])


def test_no_number_is_refused_at_the_first_picture_or_later(tmp_path: Path) -> None:
    # The grey picture for trying becomes 0, whose logarithm is infinite.
    assert "gives NaN or infinite numbers" in refusal(tmp_path, logarithm(), dots.STRIDE)
    nodes = [
        node("Sub", ["one", "picture"], ["rest"]),
        node("Log", ["rest"], ["log"]),
        node("Gather", ["log", "channel"], ["heat"], {"axis": 1}),
    ]
    tensors = [tensor("channel", dots.CHANNEL_OF_JOINT), tensor("one", np.ones(1, np.float32))]
    later = model([PICTURE], nodes, [port("heat", (1, 17, H, W))], tensors)
    find = estimator(tmp_path, later, dots.STRIDE)
    with pytest.raises(DataError, match=r"dots\.onnx: gives NaN or infinite numbers"):
        find(np.full((H, W, 3), 255, np.uint8), np.array([0.0, 0, W, H]))


def test_a_file_above_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pose_network, "MAX_NETWORK_BYTES", limits.MIB)
    content = dots.simcc_network() + part(14, part(1, "padding") + part(2, bytes(2 * limits.MIB)))
    assert "is larger than 1 MiB" in refusal(tmp_path, content)
