"""Names of parameters in OpenGait's checkpoints and in ours."""

from __future__ import annotations

# Our name of a module -> OpenGait's. The parameters below it (weight, bias, running_mean, ...) keep their names.
_BLOCK = {"conv1": "conv1", "norm1": "bn1", "conv2": "conv2", "norm2": "bn2"}
_SHORTCUT = {"shortcut.conv": "downsample.0", "shortcut.norm": "downsample.1"}
# The fusion model is no network of OpenGait; its first stages and its attention have the names of SkeletonGait++, and
# stages 2 to 4 the names that these would have there with two-dimensional blocks.
_SOURCES = {"silhouette": "sil", "skeleton_map": "map"}
_FUSION = {"reduce": 0, "reduce_norm": 1, "look": 3, "look_norm": 4, "score": 6}
GATES = "PGA."  # DRF's attention, as the public implementation calls it
LEGACY_GATES = "attention_layer."  # the same in the authors' files
MODULE_NAMES: dict[str, str] = {
    "backbone.stem": "Backbone.forward_block.conv1.conv",
    "backbone.stem_norm": "Backbone.forward_block.bn1",
    **{
        f"backbone.stage{stage}.{ours}": f"Backbone.forward_block.layer{stage}.0.{theirs}"
        for stage in (1, 2, 3, 4)
        for ours, theirs in (_BLOCK | _SHORTCUT).items()
    },
    **{
        f"backbone.{source}.{ours}": f"{short}_layer{theirs}"
        for source, short in _SOURCES.items()
        for ours, theirs in {
            "stem": "0.forward_block.0",
            "stem_norm": "0.forward_block.1",
            **{f"stage1.{ours}": f"1.forward_block.0.{theirs}" for ours, theirs in _BLOCK.items()},
        }.items()
    },
    **{f"backbone.fusion.{ours}": f"fusion.conv.forward_block.{place}" for ours, place in _FUSION.items()},
    **{
        f"backbone.shared.stage{stage}.{ours}": f"layer{stage}.forward_block.0.{theirs}"
        for stage in (2, 3, 4)
        for ours, theirs in (_BLOCK | _SHORTCUT).items()
    },
    "neck.norm": "BNNecks.bn1d",
    "attention.channel": f"{GATES}channel_attention",
    "attention.spatial": f"{GATES}spatial_attention",
}
# Parameters whose own name differs.
PARAMETER_NAMES: dict[str, str] = {"embed.weight": "FCs.fc_bin", "neck.weight": "BNNecks.fc_bin"}
_OUR_MODULES = {theirs: ours for ours, theirs in MODULE_NAMES.items()}
_OUR_PARAMETERS = {theirs: ours for ours, theirs in PARAMETER_NAMES.items()}


def our_name(theirs: str) -> str | None:
    """``"FCs.fc_bin"`` -> ``"embed.weight"``; None for a name that is not in the table."""
    if theirs in _OUR_PARAMETERS:
        return _OUR_PARAMETERS[theirs]
    module, _, parameter = theirs.rpartition(".")
    return f"{_OUR_MODULES[module]}.{parameter}" if module in _OUR_MODULES else None


def opengait_name(ours: str) -> str:
    """``"embed.weight"`` -> ``"FCs.fc_bin"``. Raises KeyError for a name that is not in the table."""
    if ours in PARAMETER_NAMES:
        return PARAMETER_NAMES[ours]
    module, _, parameter = ours.rpartition(".")
    return f"{MODULE_NAMES[module]}.{parameter}"
