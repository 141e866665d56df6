"""Model bundles, and the checkpoints of other projects."""
