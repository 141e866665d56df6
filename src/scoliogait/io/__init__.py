"""Bytes <-> Walk, one file per format."""
