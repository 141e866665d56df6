"""Recipe: everything that decides a training run, as one typed object that refuses unknown keys and contradictions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scoliogait.checkpoints.agreement import disagreement
from scoliogait.errors import DataError
from scoliogait.evaluation.headline import DECIDING, Headline
from scoliogait.labels import LabelOrder
from scoliogait.models.config import AnyModelConfig
from scoliogait.representation.contract import InputContract
from scoliogait.scores import LOGIT_SCALE

Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
NotNegative = Annotated[float, Field(ge=0)]
Rate = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataSection(Section):
    """store, partition: path of the store; built-in name or path of the partition. The command line gives them too.

    validation_fraction: share of the *training* ids held back for choosing the checkpoint and the temperature; with 0
    the last checkpoint is taken. workers: processes that read batches ahead (0: none).
    """

    store: str | None = None
    partition: str | None = None
    validation_fraction: Annotated[float, Field(ge=0, le=0.5)] = 0.15
    workers: Annotated[int, Field(ge=0)] = 0


class StartSection(Section):
    """What a run starts from instead of random values; ``scoliogait finetune`` sets it.

    weights: a bundle folder, ``builtin:NAME``, or an OpenGait checkpoint (.pt). label_order: the classes in the order
    of a checkpoint's logits; a bundle knows its own. allow_leak: go on although the source was trained on test walks.
    freeze: patterns over parameter names, such as ``backbone.*``; what they match keeps its value until
    ``unfreeze_step``, or to the end without one. Patterns may stand in a recipe whose weights are given later.
    """

    weights: str | None = None
    label_order: tuple[str, ...] | None = None
    allow_leak: bool = False
    freeze: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    unfreeze_step: Count | None = None

    @model_validator(mode="after")
    def _values_have_something_to_act_on(self) -> StartSection:
        if self.label_order is not None:
            try:
                LabelOrder.from_names(self.label_order)
            except DataError as error:
                raise ValueError(f"start.label_order: {error}") from error
        if self.unfreeze_step is not None and not self.freeze:
            raise ValueError(
                f"start.unfreeze_step is {self.unfreeze_step}, but start.freeze names nothing; "
                "add --set 'start.freeze=[backbone.*]' or set start.unfreeze_step: null"
            )
        return self


class TripletSection(Section):
    """labels: what must lie together: draws of the same walk (as published) or of the same class; none: no triplet."""

    labels: Literal["walk", "class", "none"] = "walk"
    weight: Rate = 1.0
    margin: NotNegative = 0.2


class CrossEntropySection(Section):
    """class_weights: negative, neutral, positive; null: none."""

    weight: Rate = 1.0
    scale: Rate = LOGIT_SCALE
    label_smoothing: Fraction = 0.1
    class_weights: tuple[Rate, Rate, Rate] | None = None


class LossSection(Section):
    triplet: TripletSection = TripletSection()
    cross_entropy: CrossEntropySection = CrossEntropySection()


class SamplerSection(Section):
    """A batch is identities x walks_per_identity walks of ``frames`` unordered frames each.

    identity: what counts as one identity; in Scoliosis1K a walk, since its people are not named.
    class_balanced: as many identities of every class. mirror: share of the walks in a batch that are mirrored left to
    right (a curve to the left and one to the right are the same class).
    """

    identity: Literal["walk", "subject", "class"] = "walk"
    identities: Count = 8
    walks_per_identity: Count = 8
    frames: Count = 30
    class_balanced: bool = False
    mirror: Annotated[float, Field(ge=0, le=1)] = 0.0

    @property
    def batch_size(self) -> int:
        return self.identities * self.walks_per_identity

    @model_validator(mode="after")
    def _classes_are_balanced_by_nature(self) -> SamplerSection:
        if self.class_balanced and self.identity == "class":
            raise ValueError("class_balanced has no meaning when an identity is a class; set class_balanced: false")
        return self


class Sgd(Section):
    name: Literal["sgd"]
    lr: Rate
    momentum: Fraction
    weight_decay: NotNegative


class AdamW(Section):
    name: Literal["adamw"]
    lr: Rate
    weight_decay: NotNegative


class MultiStep(Section):
    """The rate is multiplied by gamma at each milestone (in steps)."""

    name: Literal["multistep"]
    milestones: tuple[Count, ...]
    gamma: Annotated[float, Field(gt=0, lt=1)]

    @model_validator(mode="after")
    def _milestones_rise(self) -> MultiStep:
        if list(self.milestones) != sorted(set(self.milestones)):
            raise ValueError(f"milestones {list(self.milestones)} must rise")
        return self


class Cosine(Section):
    """The rate rises linearly over warmup_steps, then falls on half a cosine to final_fraction of itself."""

    name: Literal["cosine"]
    warmup_steps: Annotated[int, Field(ge=0)]
    final_fraction: Fraction


class TrainerSection(Section):
    """Cadences are in steps. keep_best: weights kept per metric. select: the validation metric that chooses the model.

    precision: bf16 on any device, fp16 (with loss scaling) on a GPU. device auto: a CUDA GPU if there is one, else CPU.
    tied_frames: which frames of a clip learn where several share its maximum, the first of them, as published, or all.
    """

    steps: Count = 20_000
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    tied_frames: Literal["first", "all"] = "first"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    log_every: Count = 100
    evaluate_every: Count = 1_000
    save_every: Count = 500
    keep_best: Count = 3
    select: Headline = DECIDING


class LogSection(Section):
    """Where curves go besides history.csv. wandb needs ``pip install scoliogait[wandb]``."""

    tensorboard: bool = True
    wandb: bool = False
    wandb_project: str = "scoliogait"


class Recipe(Section):
    """A complete training run. Raises pydantic.ValidationError; ``load_recipe`` turns that into one line."""

    name: Annotated[str, Field(min_length=1)]
    seed: Annotated[int, Field(ge=0)] = 0
    data: DataSection = DataSection()
    start: StartSection = StartSection()
    contract: InputContract
    model: AnyModelConfig
    losses: LossSection = LossSection()
    sampler: SamplerSection = SamplerSection()
    optimizer: Annotated[Sgd | AdamW, Field(discriminator="name")]
    schedule: Annotated[MultiStep | Cosine, Field(discriminator="name")]
    trainer: TrainerSection = TrainerSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _parts_fit(self) -> Recipe:
        problem = disagreement(self.model, self.contract)
        if problem is not None:
            raise ValueError(f"sections model and contract contradict each other: {problem}")
        if isinstance(self.schedule, Cosine) and self.schedule.warmup_steps >= self.trainer.steps:
            raise ValueError(
                f"schedule.warmup_steps is {self.schedule.warmup_steps}, trainer.steps only {self.trainer.steps}"
            )
        stated = self.contract.training_frames
        if stated is not None and stated != self.sampler.frames:
            raise ValueError(
                f"contract.training_frames is {stated}, sampler.frames is {self.sampler.frames}; leave "
                "contract.training_frames out, training fills it in"
            )
        if self.trainer.tied_frames == "all" and self.model.frame_channels == 0:
            raise ValueError(
                f"trainer.tied_frames is all, but a {self.model.architecture} takes no pictures; leave it out"
            )
        unfreeze = self.start.unfreeze_step
        if unfreeze is not None and unfreeze >= self.trainer.steps:
            raise ValueError(
                f"start.unfreeze_step is {unfreeze}, trainer.steps only {self.trainer.steps}; "
                "set start.unfreeze_step: null to freeze to the end"
            )
        if self.losses.triplet.labels != "none" and self.sampler.batch_size < 2:
            raise ValueError("a triplet loss needs at least 2 walks in a batch; see sampler.identities")
        return self
