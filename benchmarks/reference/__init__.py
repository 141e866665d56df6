"""Workloads written the plain way, by us: what the package is measured against where the original is not at hand."""
