"""The table of presets, and which of them a file is judged to belong to."""

from datetime import date

import pytest
import torch
from torch import Tensor

from recorded import recording
from scoliogait.checkpoints.inspect import CheckpointFacts, facts_of_content, inspect_checkpoint
from scoliogait.checkpoints.preset_verdicts import preset_verdicts
from scoliogait.checkpoints.presets import PRESETS, find_preset, fitting_presets
from scoliogait.errors import ModelError
from scoliogait.representation.contract import BODY_ONLY_SIGMA15_JOINT8, InputContract

AUTHOR_STYLE = recording("drf/DRF_118_author_style-08000.pt")
PUBLIC_DRF = recording("drf/drf_small.pt")


def outcomes(facts: CheckpointFacts) -> dict[str, str]:
    return {verdict.about: verdict.outcome for verdict in preset_verdicts(facts)}


def plain(channels: int, name: str) -> CheckpointFacts:
    state: dict[str, Tensor] = torch.load(recording(f"sconet_small_c{channels}.pt"), weights_only=True)
    return facts_of_content(state, name, "0" * 64, date(2026, 1, 1))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_whole_contract_of_its_architecture(name: str) -> None:
    preset = PRESETS[name]
    assert InputContract.model_validate(preset.contract.model_dump()) == preset.contract
    assert preset.contract.cut_columns
    assert (preset.contract.pav is not None) == (preset.architecture == "drf")
    assert preset.contract.representation.startswith("exported") == name.endswith("-exported")
    assert name in fitting_presets(preset.architecture, preset.contract.in_channels)
    assert preset.note
    assert preset.data


def test_what_the_presets_are_known_for() -> None:
    author = find_preset("drf-author-118-aligned").contract
    assert author.pav is not None
    assert (author.pav.statistics, author.pav.leaks, author.pav.is_ready) == ("dataset", True, False)
    assert author.skeleton_map is not None
    assert (author.skeleton_map.sigma_limb, author.skeleton_map.alignment) == (8.0, "per-channel")
    trained = find_preset("umgrl-drf").contract.pav
    assert trained is not None
    assert trained.statistics == "train"
    assert find_preset("bodyonly-sigma15-joint8").contract == BODY_ONLY_SIGMA15_JOINT8
    given = find_preset("drf-author-118-aligned-exported").contract.pav
    assert given is not None
    assert (given.form, given.is_ready, given.leaks) == ("exported", True, True)


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"'sil' does not exist; there is opengait-sil, .*umgrl-drf-exported"):
        find_preset("sil")


def test_an_author_style_file() -> None:
    assert outcomes(inspect_checkpoint(AUTHOR_STYLE)) == {
        "opengait-sil": "contradicts",
        "opengait-ske-aligned": "contradicts",
        "drf-author-118-aligned": "fits",
        "umgrl-drf": "contradicts",
        "bodyonly-sigma15-joint8": "contradicts",
    }


def test_a_public_drf_says_nothing_about_its_maps() -> None:
    found = outcomes(inspect_checkpoint(PUBLIC_DRF))
    assert (found["drf-author-118-aligned"], found["umgrl-drf"]) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("channels", "name", "preset", "outcome"),
    [
        (1, "ScoNet-20000.pt", "opengait-sil", "fits"),
        (1, "ScoNet-20000.pt", "opengait-ske-aligned", "contradicts"),
        (2, "ScoNet-20000.pt", "opengait-sil", "contradicts"),
        (2, "ScoNet-20000.pt", "opengait-ske-aligned", "unknown"),
        (2, "ScoNet_sigma15_joint8_bodyonly.pt", "bodyonly-sigma15-joint8", "fits"),
        (2, "ScoNet_sigma15_joint8_bodyonly.pt", "opengait-ske-aligned", "contradicts"),
        (2, "ScoNet_sigma15_joint8.pt", "opengait-ske-aligned", "contradicts"),
        (2, "ScoNet_headlite.pt", "bodyonly-sigma15-joint8", "contradicts"),
        (2, "ScoNet_sigma8.pt", "opengait-ske-aligned", "fits"),
    ],
)
def test_plain_files(channels: int, name: str, preset: str, outcome: str) -> None:
    assert outcomes(plain(channels, name))[preset] == outcome


def test_a_file_name_of_another_split_and_another_network() -> None:
    drf = torch.load(PUBLIC_DRF, weights_only=True)
    facts = facts_of_content(drf, "DRF_112.pt", "0" * 64, date(2026, 1, 1))
    verdict = next(v for v in preset_verdicts(facts) if v.about == "drf-author-118-aligned")
    assert (verdict.outcome, verdict.reason) == ("contradicts", "the file name says split 112, the preset 118")
    other = facts_of_content({"conv.weight": torch.zeros(3)}, "x.pt", "0" * 64, date(2026, 1, 1))
    assert set(outcomes(other).values()) == {"contradicts"}
