"""The published tables from a data root: plan, jobs, rows, report."""
