"""Speed measurements, each against a plain reference in the same run: ``python -m benchmarks [NAME ...]``."""
