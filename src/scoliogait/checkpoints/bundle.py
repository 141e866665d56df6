"""Model bundle: a folder with the weights and everything that decides what they say.

``model.safetensors`` weights · ``config.json`` architecture, input contract, class order, calibration, provenance, and
checksums over all of it · ``metrics.json`` results · ``README.md`` the generated model card · ``walks.parquet`` which
walks trained and chose it, where that is known. Nothing else is needed to use a model, and there is no second place to
configure preprocessing, so it cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from scoliogait.answer_threshold import AnswerThreshold
from scoliogait.checkpoints.agreement import disagreement
from scoliogait.checkpoints.checksums import check_sha256
from scoliogait.checkpoints.config_file import BUNDLE, CONFIG, BundleConfig, config_digest, read_config
from scoliogait.checkpoints.loaded_model import LoadedModel
from scoliogait.checkpoints.metrics_file import METRICS, read_metrics
from scoliogait.checkpoints.model_card import model_card
from scoliogait.checkpoints.plain import plain_json
from scoliogait.checkpoints.weights import plain_state, read_weights, write_weights
from scoliogait.errors import DataError, ModelError
from scoliogait.files import atomic_file, atomic_folder, holds_nothing, sha256_of, write_json
from scoliogait.identity.prints_file import read_prints, write_prints
from scoliogait.identity.walk_prints import WalkPrints
from scoliogait.json_file import has_format
from scoliogait.models.build import build_model
from scoliogait.models.config import ModelConfig
from scoliogait.models.device import device_of
from scoliogait.models.windows import mean_logits
from scoliogait.representation.arrays import check_inputs
from scoliogait.representation.contract import InputContract
from scoliogait.representation.kinds import WALK_VALUES
from scoliogait.representation.windows import logits_of_windows
from scoliogait.scores import LOGIT_SCALE, WindowLogits
from scoliogait.walk import Walk

WEIGHTS, CARD, WALKS = "model.safetensors", "README.md", "walks.parquet"
# What the provenance says of the file of walks; without it there is none.
_WALKS_SHA256 = "walks_sha256"

Scores = TypeVar("Scores", Tensor, NDArray[np.floating])


@dataclass(frozen=True, eq=False, kw_only=True)
class Bundle(LoadedModel):
    """A model that is ready to use. ``module`` is in evaluation mode, on the CPU, its classes in the package's order.

    metrics: its stored results.
    """

    module: nn.Module
    metrics: Mapping[str, Any]

    @property
    def runtime(self) -> str:
        """torch, its version, and the device where the module is."""
        return f"torch {torch.__version__}, {device_of(self.module).type}"

    def walks(self) -> WalkPrints | None:
        """The walks that trained and chose it; None where they were not recorded. ModelError for a changed record."""
        expected = self.provenance.get(_WALKS_SHA256)
        if expected is None:
            return None
        check_sha256(self.path / WALKS, str(expected), "the walks are not those recorded with this model")
        try:
            return read_prints(self.path / WALKS)
        except DataError as error:
            raise ModelError(str(error)) from error

    def window_logits(self, walk: Walk) -> WindowLogits:
        """As ``LoadedModel`` says, on the device where the module is."""
        device = device_of(self.module)
        inputs = self.contract.model_input(walk, device=device)
        check_inputs({name: values.cpu().numpy() for name, values in inputs.items()})
        for name in WALK_VALUES & inputs.keys():
            inputs[name] = inputs[name].unsqueeze(0)
        n_frames = len(next(frames for name, frames in inputs.items() if name not in WALK_VALUES))
        windows = self.contract.windows(n_frames)
        with torch.no_grad():
            logits = mean_logits(self.module, inputs, [n_frames], [windows])
        return logits_of_windows(logits.cpu().numpy(), [windows])

    def mean_logits(self, walk: Walk) -> Tensor:
        """float32 (3,): the scores of the walk, whose ``probabilities`` are the means over its windows.

        Raises what ``window_logits`` raises.
        """
        return torch.from_numpy(self.scores(self.window_logits(walk))[0]).float()

    def probabilities(self, mean_logits: Scores) -> Scores:
        """(..., 3) mean logits -> (..., 3) probabilities, of the same kind (tensor or array) and precision."""
        if isinstance(mean_logits, Tensor):
            return torch.from_numpy(self.probabilities(mean_logits.cpu().numpy())).to(mean_logits.device)
        return super().probabilities(mean_logits)


def save_bundle(
    path: str | Path,
    module: nn.Module,
    contract: InputContract,
    *,
    temperature: float = 1.0,
    logit_scale: float = LOGIT_SCALE,
    window_spread: float | None = None,
    answer_threshold: AnswerThreshold | None = None,
    provenance: Mapping[str, Any],
    metrics: Mapping[str, Any],
    walks: WalkPrints | None = None,
) -> Path:
    """Write a bundle folder; it appears whole or not at all, and replaces an older bundle of that name.

    provenance: JSON values; the model card shows ``data``, ``simulated`` ("yes" or "no") and ``selection`` (how the
    checkpoint was chosen) in words and the rest in a table. metrics: figures by name, an evaluation summary, or
    summaries by subset. walks: those that trained and chose the model. Raises ModelError when contract and model
    disagree or a weight is not finite; DataError when ``path`` is a folder that is no bundle, or cannot be written.
    """
    target = Path(path)
    _refuse_foreign_folder(target)
    architecture = _architecture_of(module)
    _check_agreement(architecture, contract, target)
    state = plain_state(module, target)
    plain_metrics = plain_json(metrics, "metrics")
    with atomic_folder(target) as folder:
        write_weights(state, folder / WEIGHTS, target)
        write_json(folder / METRICS, plain_metrics)
        recorded = dict(plain_json(provenance, "provenance"))
        recorded.pop(_WALKS_SHA256, None)
        if walks is not None:
            write_prints(folder / WALKS, walks)
            recorded[_WALKS_SHA256] = sha256_of(folder / WALKS)
        config = BundleConfig(
            architecture=architecture,  # type: ignore[arg-type]  # one of the classes of the union
            contract=contract,
            temperature=temperature,
            logit_scale=logit_scale,
            window_spread=window_spread,
            answer_threshold=answer_threshold,
            provenance=recorded,
            weights_sha256=sha256_of(folder / WEIGHTS),
            metrics_sha256=sha256_of(folder / METRICS),
        ).model_dump(mode="json")
        digest = config_digest(config)
        write_json(folder / CONFIG, config | {"digest": digest})
        card = model_card(config, plain_metrics, digest, contract.describe())
        (folder / CARD).write_text(card, encoding="utf-8")
    return target


def write_card(path: str | Path, tests: Sequence[Mapping[str, Any]]) -> None:
    """Write a bundle's model card again, with what is known of its tests (see ``model_card``).

    The card is no part of the digest: the model stays the same. Raises ModelError as ``load_bundle`` does.
    """
    folder = Path(path)
    config, digest = read_config(folder / CONFIG)
    metrics = read_metrics(folder, config.metrics_sha256)
    card = model_card(config.model_dump(mode="json"), metrics, digest, config.contract.describe(), tests)
    with atomic_file(folder / CARD) as temporary:
        temporary.write_text(card, encoding="utf-8")


def load_bundle(path: str | Path) -> Bundle:
    """Read a bundle; no other file and no setting is needed, and nothing in it is executed.

    Raises ModelError when a file is missing, cut off, edited or exchanged, when the weights do not fit the architecture
    (both shapes are named), and when the bundle was written by a newer version.
    """
    folder = Path(path)
    config, digest = read_config(folder / CONFIG)
    _check_agreement(config.architecture, config.contract, folder)
    state = read_weights(folder / WEIGHTS, _outline(config.architecture, folder), config.weights_sha256)
    module = build_model(config.architecture)
    module.load_state_dict(state)
    return Bundle(
        module=module.eval(),
        architecture=config.architecture,
        contract=config.contract,
        temperature=config.temperature,
        logit_scale=config.logit_scale,
        provenance=config.provenance,
        metrics=read_metrics(folder, config.metrics_sha256),
        digest=digest,
        path=folder,
        window_spread=config.window_spread,
        answer_threshold=config.answer_threshold,
    )


class _WithoutFirstValues(TorchFunctionMode):
    """Leaves out the drawing of first values, which is of no use to a module that holds no numbers."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        is_drawing = getattr(func, "__name__", "") in ("uniform_", "normal_", "kaiming_uniform_", "kaiming_normal_")
        given = kwargs or {}
        return (args[0] if args else given["tensor"]) if is_drawing else func(*args, **given)


def _outline(architecture: ModelConfig, folder: Path) -> nn.Module:
    """The module without its numbers, which takes no memory, whatever widths the config asks for."""
    try:
        with torch.device("meta"), _WithoutFirstValues():
            return build_model(architecture)
    except (RuntimeError, TypeError, ValueError, OverflowError) as error:
        reason = str(error).partition("\n")[0]
        raise ModelError(
            f"{folder / CONFIG}: its architecture cannot be built ({reason}); save the model again"
        ) from error


def _check_agreement(architecture: ModelConfig, contract: InputContract, where: Path) -> None:
    problem = disagreement(architecture, contract)
    if problem is not None:
        raise ModelError(f"{where}: {problem}; they do not belong together")
    if contract.window_problem is not None:
        raise ModelError(f"{where}: input contract: {contract.window_problem}")


def _architecture_of(module: nn.Module) -> ModelConfig:
    config = getattr(module, "config", None)
    if not isinstance(config, ModelConfig):
        raise ModelError(f"a {type(module).__name__} cannot be saved as a bundle: it has no ModelConfig as .config")
    return config


def _refuse_foreign_folder(target: Path) -> None:
    if holds_nothing(target):
        return
    if not has_format(target / CONFIG, BUNDLE):
        raise DataError(f"{target}: exists and is no model bundle, so it is not replaced; choose another folder")
