"""The original, OpenGait, as far as it is measured: silhouettes, skeleton maps, ScoNet and its training step.

It is read from a checkout that the user names (commit 0efafd4, kept outside this repository) and needs the packages
einops, matplotlib, scikit-learn and tqdm. It was written for CUDA, NCCL and torchvision. Here its moves to a GPU stay
where they are, a group of one process stands for NCCL, and the three things that it takes from torchvision have their
usual definitions. None of its own lines is changed.
"""

from __future__ import annotations

import importlib
import logging
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.distributed
import yaml
from numpy.typing import NDArray
from torch import Tensor, nn

Frames = NDArray[np.uint8]
_CLASSES = ("negative", "neutral", "positive")


class Original:
    """The functions of one checkout. Ends the program in one line where the folder holds something else."""

    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout.resolve()
        if not (self._checkout / "opengait/modeling/models/sconet.py").is_file():
            sys.exit(f"--original {checkout}: is no checkout of OpenGait with ScoNet; give one of commit 0efafd4")
        _stand_in_for_torchvision()
        sys.path[:0] = [str(self._checkout / "opengait"), str(self._checkout / "datasets")]

    def silhouettes(self) -> Callable[[Frames], Frames]:
        """Its alignment of frames that lie in memory: reading and writing of files are left out."""
        module: Any = importlib.import_module("pretreatment")
        kept: list[Frames] = []
        module.pickle = types.SimpleNamespace(dump=lambda frames, file: (kept.append(frames), file.close()))
        reads = types.SimpleNamespace(IMREAD_GRAYSCALE=0, INTER_CUBIC=cv2.INTER_CUBIC, resize=cv2.resize)
        module.cv2 = reads
        logging.getLogger().setLevel(logging.ERROR)

        def align(frames: Frames) -> Frames:
            reads.imread = lambda name, _: frames[int(name)]
            names = [Path(f"{index:06d}") for index in range(len(frames))]
            module.os = types.SimpleNamespace(path=module.os.path, makedirs=lambda *_, **__: None)
            module.open = lambda *_: types.SimpleNamespace(close=lambda: None)
            kept.clear()
            module.imgs2pickle((("person", "class", "view"), names), Path())
            return kept[0]

        return align

    def maps(self, sigma: float) -> Callable[[NDArray[np.floating]], Frames]:
        """Its drawing of whole walks: poses (T, 17, 3) -> uint8 (T, 2, 64, 64)."""
        module: Any = importlib.import_module("pretreatment_heatmap")
        settings = yaml.safe_load((self._checkout / "configs/skeletongait/pretreatment_heatmap.yaml").read_text())
        settings = module.replace_variables(settings, settings)
        settings["heatmap_generator_args"]["sigma"] = sigma
        draw: Callable[[NDArray[np.floating]], Frames] = module.GenerateHeatmapTransform(**settings)
        return lambda poses: draw(poses.copy())

    def sconet(self, in_channels: int) -> nn.Module:
        """The network of its published settings, with fresh weights."""
        _one_process()
        _package("modeling", self._checkout / "opengait/modeling")
        _package("modeling.models", self._checkout / "opengait/modeling/models")
        _package("modeling.backbones", self._checkout / "opengait/modeling/backbones")
        base: Any = types.ModuleType("modeling.base_model")
        base.BaseModel = nn.Module
        sys.modules["modeling.base_model"] = base
        settings = self._settings()["model_cfg"]
        backbone_settings = settings["backbone_cfg"] | {"in_channel": in_channels}
        del backbone_settings["type"]
        network = importlib.import_module("modeling.models.sconet").ScoNet()
        resnet9 = importlib.import_module("modeling.backbones.resnet").ResNet9
        network.get_backbone = lambda _: resnet9(**backbone_settings)
        network.build_network(settings)
        if not torch.cuda.is_available():
            torch.Tensor.cuda = lambda tensor, *_, **__: tensor  # type: ignore[method-assign]
        return network  # type: ignore[no-any-return]

    def loss(self) -> Callable[[dict[str, dict[str, Tensor]]], Tensor]:
        """Its two losses of what the network gives for training, added up as its aggregator does."""
        _one_process()
        _package("modeling", self._checkout / "opengait/modeling")
        _package("modeling.losses", self._checkout / "opengait/modeling/losses")
        triplet = importlib.import_module("modeling.losses.triplet").TripletLoss(margin=0.2)
        softmax = importlib.import_module("modeling.losses.ce").CrossEntropyLoss(scale=16, log_accuracy=True)

        def total(features: dict[str, dict[str, Tensor]]) -> Tensor:
            return triplet(**features["triplet"])[0].mean() + softmax(**features["softmax"])[0].mean()

        return total

    def _settings(self) -> dict[str, Any]:
        text = (self._checkout / "configs/sconet/sconet_scoliosis1k.yaml").read_text()
        settings: dict[str, Any] = yaml.safe_load(text)
        return settings


def as_its_input(frames: Tensor, labels: Tensor) -> tuple[Any, ...]:
    """Frames (N, T, C, H, W), each clip a person of its own pair, as the network of the original takes them."""
    return [frames], torch.arange(len(frames)) // 2, [_CLASSES[label] for label in labels.tolist()], None, None


def _one_process() -> None:
    if not torch.distributed.is_initialized():
        store = torch.distributed.HashStore()
        torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)


def _package(name: str, folder: Path) -> None:
    """A package whose modules are found, without importing all of them as its own __init__ would."""
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules.setdefault(name, package)


def _stand_in_for_torchvision() -> None:
    names = (
        "torchvision",
        "torchvision.transforms",
        "torchvision.models.resnet",
        "torchvision.ops",
        "torchvision.utils",
    )
    modules: dict[str, Any] = {name: types.ModuleType(name) for name in names}
    modules["torchvision"].__path__ = []
    modules["torchvision"].transforms = modules["torchvision.transforms"]
    modules["torchvision.transforms"].Compose = _Compose
    modules["torchvision.ops"].RoIAlign = None
    resnet = modules["torchvision.models.resnet"]
    resnet.BasicBlock, resnet.Bottleneck, resnet.ResNet = _BasicBlock, None, _ResNet
    sys.modules |= modules


class _Compose:
    def __init__(self, steps: list[Callable[[Any], Any]]) -> None:
        self._steps = steps

    def __call__(self, given: Any) -> Any:
        for step in self._steps:
            given = step(given)
        return given


class _BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, n_in: int, n_out: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.downsample = downsample

    def forward(self, given: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(given)))
        out = self.bn2(self.conv2(out))
        out += given if self.downsample is None else self.downsample(given)
        result: Tensor = self.relu(out)
        return result


class _ResNet(nn.Module):
    """What ResNet9 inherits: how a stage is built."""

    def __init__(self, block: type[_BasicBlock], layers: list[int]) -> None:
        super().__init__()
        self.inplanes = 64
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)

    def _make_layer(self, block: type[_BasicBlock], planes: int, blocks: int, stride: int, dilate: bool) -> nn.Module:
        stages = []
        for number in range(blocks):
            first = number == 0
            downsample = None
            if first and (stride != 1 or self.inplanes != planes):
                projection = nn.Conv2d(self.inplanes, planes, 1, stride, bias=False)
                downsample = nn.Sequential(projection, nn.BatchNorm2d(planes))
            stages.append(block(self.inplanes, planes, stride if first else 1, downsample))
            self.inplanes = planes
        return nn.Sequential(*stages)
