"""Recipes, the Lightning task, fitting and resuming: all that makes a model."""
