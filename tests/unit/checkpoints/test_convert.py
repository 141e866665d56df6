"""From a checkpoint to a bundle and back; what is not known is said, and what contradicts is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch

from recorded import recording
from scoliogait.checkpoints.bundle import load_bundle
from scoliogait.checkpoints.convert import UNKNOWN_STATISTICS, convert_checkpoint, export_bundle
from scoliogait.checkpoints.inspect import inspect_checkpoint
from scoliogait.errors import DataError, ModelError
from scoliogait.representation.asymmetry import PavStatistics
from walk_fixtures import drawn_walks

AUTHOR_STYLE = recording("drf/DRF_118_author_style-08000.pt")
PUBLIC_DRF = recording("drf/drf_small.pt")
MAPS = recording("sconet_small_c2.pt")
SILHOUETTES = recording("sconet_small_c1.pt")
LEGACY = ("negative", "positive", "neutral")
OURS = ("negative", "neutral", "positive")
STATISTICS = PavStatistics(np.zeros((8, 3)), np.full((8, 3), 2.0), "dataset")


def test_without_statistics_the_bundle_is_written_and_refuses_raw_walks(tmp_path: Path) -> None:
    conversion = convert_checkpoint(AUTHOR_STYLE, "drf-author-118-aligned", LEGACY, tmp_path / "model")
    assert conversion.cautions == (UNKNOWN_STATISTICS,)
    bundle = load_bundle(tmp_path / "model")
    assert bundle.contract == conversion.contract
    with pytest.raises(ModelError, match="statistics that normalise the literal PAV are unknown"):
        bundle.mean_logits(next(drawn_walks(1)))


def test_with_statistics_raw_walks_can_be_screened(tmp_path: Path) -> None:
    conversion = convert_checkpoint(AUTHOR_STYLE, "drf-author-118-aligned", LEGACY, tmp_path / "model", STATISTICS)
    bundle = load_bundle(tmp_path / "model")
    assert bundle.contract.pav is not None
    np.testing.assert_array_equal(bundle.contract.pav.minimum, STATISTICS.minimum)
    np.testing.assert_array_equal(bundle.contract.pav.maximum, STATISTICS.maximum)
    assert bundle.mean_logits(next(drawn_walks(1))).isfinite().all()
    (caution,) = conversion.cautions
    assert "have seen the test walks" in caution


def test_statistics_of_another_kind_than_the_preset_has_are_recorded_as_what_they_are(tmp_path: Path) -> None:
    trained = PavStatistics(STATISTICS.minimum, STATISTICS.maximum, "train")
    conversion = convert_checkpoint(AUTHOR_STYLE, "drf-author-118-aligned", LEGACY, tmp_path / "m", trained)
    assert conversion.cautions == ("The PAV statistics are train, the preset has dataset.",)
    assert conversion.contract.pav is not None
    assert not conversion.contract.pav.leaks


def test_where_a_bundle_comes_from_is_in_the_bundle(tmp_path: Path) -> None:
    convert_checkpoint(AUTHOR_STYLE, "drf-author-118-aligned-exported", LEGACY, tmp_path / "m", provenance={"by": "me"})
    known = load_bundle(tmp_path / "m").provenance
    assert known["source_file"] == AUTHOR_STYLE.name
    assert known["source_sha256"] == inspect_checkpoint(AUTHOR_STYLE).sha256
    assert (known["iteration"], known["preset"]) == (8000, "drf-author-118-aligned-exported")
    assert known["label_order_given"] == "negative, positive, neutral"
    assert known["accuracy"].startswith("not known")
    assert known["by"] == "me"
    card = (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    assert "Whether the walks were simulated is not recorded" in card
    assert "Not stated by the file\n" in card


def test_a_score_in_the_name_is_in_the_card(tmp_path: Path) -> None:
    named = tmp_path / "ScoNet-score-0.9-test_f1.pt"
    named.write_bytes(MAPS.read_bytes())
    convert_checkpoint(named, "opengait-ske-aligned", OURS, tmp_path / "m")
    assert (
        "on the test walks, because its name holds a test score of 90 %" in (tmp_path / "m" / "README.md").read_text()
    )


def test_an_order_or_a_name_that_speaks_against_what_was_given(tmp_path: Path) -> None:
    (caution, _) = convert_checkpoint(AUTHOR_STYLE, "drf-author-118-aligned", OURS, tmp_path / "m").cautions
    assert "given is negative, neutral, positive, but negative, positive, neutral is probable" in caution
    named = tmp_path / "ScoNet_bodyonly.pt"
    named.write_bytes(MAPS.read_bytes())
    (caution,) = convert_checkpoint(named, "opengait-ske-aligned", OURS, tmp_path / "n").cautions
    assert caution == "The file name says joints body-only, the preset full-body."


@pytest.mark.parametrize(
    ("path", "preset", "message"),
    [
        (
            SILHOUETTES,
            "opengait-ske-aligned",
            r"take 1 channels \(silhouette\), the preset gives 2.*choose opengait-sil$",
        ),
        (
            MAPS,
            "opengait-sil",
            r"take 2 channels \(skeleton map\), the preset gives 1 .*choose opengait-ske-aligned or",
        ),
        (
            AUTHOR_STYLE,
            "opengait-ske-aligned",
            r"are a DRF \(attention_layer\.\*\), the preset is for ScoNet; choose drf",
        ),
        (MAPS, "umgrl-drf", "are a ScoNet, without PAV-guided attention, the preset is for DRF; choose opengait-ske"),
        (MAPS, "nonsense", "preset 'nonsense' does not exist"),
    ],
)
def test_weights_and_presets_that_do_not_belong_together(path: Path, preset: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        convert_checkpoint(path, preset, OURS, tmp_path / "m")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_files_that_no_preset_fits(tmp_path: Path) -> None:
    state = torch.load(MAPS, weights_only=True)
    torch.save(state | {"BNNecks.fc_bin": torch.zeros(16, 32, 4)}, tmp_path / "four.pt")
    with pytest.raises(ModelError, match="the heads have 4 classes, the preset has 3; no preset fits"):
        convert_checkpoint(tmp_path / "four.pt", "opengait-ske-aligned", OURS, tmp_path / "m")
    torch.save({"conv.weight": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(ModelError, match=r"lacks Backbone\.forward_block.* and has conv\.weight$"):
        convert_checkpoint(tmp_path / "other.pt", "opengait-ske-aligned", OURS, tmp_path / "m")
    torch.save(state | {"FCs.fc_bin": torch.full((16, 64, 32), float("nan"))}, tmp_path / "nan.pt")
    with pytest.raises(ModelError, match=r"nan\.pt: FCs\.fc_bin holds NaN"):
        convert_checkpoint(tmp_path / "nan.pt", "opengait-ske-aligned", OURS, tmp_path / "m")
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("kind", "caution"), [(torch.float16, ": the same numbers"), (torch.float64, ", rounded where it was double")]
)
def test_weights_of_other_precisions_are_kept_as_float32_and_it_is_said(
    kind: torch.dtype, caution: str, tmp_path: Path
) -> None:
    state = torch.load(MAPS, weights_only=True)
    stored = {name: value.to(kind) if value.is_floating_point() else value for name, value in state.items()}
    torch.save(stored, tmp_path / "x.pt")
    conversion = convert_checkpoint(tmp_path / "x.pt", "opengait-ske-aligned", OURS, tmp_path / "m")
    name = str(kind).removeprefix("torch.")
    assert conversion.cautions == (f"The weights were stored as {name}; the bundle has float32{caution}.",)
    assert load_bundle(tmp_path / "m").provenance["weights_stored_as"] == name
    back = torch.load(export_bundle(tmp_path / "m", tmp_path / "back.pt"), weights_only=True)["model"]
    assert all(torch.equal(back[name], value.to(back[name].dtype)) for name, value in stored.items())


def test_a_name_of_the_attention_that_speaks_against_the_preset_is_said(tmp_path: Path) -> None:
    conversion = convert_checkpoint(AUTHOR_STYLE, "umgrl-drf", LEGACY, tmp_path / "m", STATISTICS)
    assert conversion.cautions[0] == "Its attention is stored as attention_layer.*, UMGRL's as PGA.*."


def test_the_way_back_does_not_end_in_the_bundle_itself(tmp_path: Path) -> None:
    convert_checkpoint(MAPS, "opengait-ske-aligned", OURS, tmp_path / "m")
    for out in (tmp_path / "m" / "model.safetensors", tmp_path / "m" / "new.pt"):
        with pytest.raises(DataError, match="lies in the bundle"):
            export_bundle(tmp_path / "m", out)
    load_bundle(tmp_path / "m")


def test_an_order_that_is_no_permutation(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a permutation"):
        convert_checkpoint(MAPS, "opengait-ske-aligned", ("negative", "positive"), tmp_path / "m")


@pytest.mark.parametrize(
    ("path", "preset", "message"),
    [
        (MAPS, "opengait-ske-aligned", "takes no PAV"),
        (PUBLIC_DRF, "umgrl-drf-exported", "scaled already"),
    ],
)
def test_statistics_that_are_of_no_use(path: Path, preset: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=message):
        convert_checkpoint(path, preset, OURS, tmp_path / "m", STATISTICS)


def test_back_to_opengait_bit_by_bit_in_our_order(tmp_path: Path) -> None:
    convert_checkpoint(AUTHOR_STYLE, "drf-author-118-aligned", LEGACY, tmp_path / "m")
    content = torch.load(export_bundle(tmp_path / "m", tmp_path / "x.pt"), weights_only=True)
    public = torch.load(PUBLIC_DRF, weights_only=True)["model"]
    assert content["iteration"] == 8000
    assert content["model"].keys() == public.keys()
    assert all(torch.equal(content["model"][name], value) for name, value in public.items())
    with pytest.raises(ModelError, match="is a bundle already"):
        convert_checkpoint(tmp_path / "m", "drf-author-118-aligned", LEGACY, tmp_path / "n")
