"""Recipes, the Lightning task, fitting and resuming, and prediction over a store."""
