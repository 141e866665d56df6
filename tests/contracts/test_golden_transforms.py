"""The cut and the division by 255 against recordings of OpenGait's transforms: exact in float32."""

import numpy as np
import pytest
import torch

from devices import DEVICES
from recorded import recorded_arrays, recorded_facts
from scoliogait.representation.contract import InputContract, cut_width_px

CASES = recorded_facts("transforms.json")["cases"]
RECORDED = recorded_arrays("transforms.npz")
# What a model can be fed with: square uint8 frames of 64 or 128 px and the usual cut, or none.
FED = {
    name: case
    for name, case in CASES.items()
    if not case["args"] and case["in_shape"][-2:] in ([64, 64], [128, 128]) and "float" not in case["input"]
}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", FED)
def test_rendered_frames(name: str, device: str) -> None:
    case = FED[name]
    frames = torch.from_numpy(RECORDED[f"{case['input']}/in"])
    contract = InputContract(
        representation="exported-skeleton-map" if frames.ndim == 4 else "silhouette",
        size_px=frames.shape[-1],
        cut_columns=case["transform"] == "BaseSilCuttingTransform",
    )
    rendered = contract.render({contract.modalities[0]: frames.to(device)})["frames"].cpu()
    recorded = RECORDED[f"{name}/out"].astype(np.float32)
    assert tuple(rendered.shape[1:]) == contract.frame_shape
    np.testing.assert_array_equal(rendered.numpy().reshape(recorded.shape), recorded)


def test_ten_cases_can_be_fed() -> None:
    assert len(FED) == 10


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if n.startswith("cut_") and not c["args"]])
def test_cut_width_of_any_picture(name: str) -> None:
    case = CASES[name]
    assert case["in_shape"][-1] - 2 * cut_width_px(case["in_shape"][-1]) == case["out_shape"][-1]


@pytest.mark.parametrize("device", DEVICES)
def test_every_grey_level(device: str) -> None:
    frames = torch.arange(256, dtype=torch.uint8).repeat_interleave(16).reshape(1, 64, 64)
    uncut = InputContract(representation="silhouette", cut_columns=False)
    rendered = uncut.render({"silhouettes": frames.to(device)})["frames"].cpu()
    np.testing.assert_array_equal(rendered.flatten()[::16].numpy(), RECORDED["float32_of_all_levels"])
