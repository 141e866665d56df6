"""Data sets on disk: stores, trees, partitions, and the sampling and batching of walks."""
