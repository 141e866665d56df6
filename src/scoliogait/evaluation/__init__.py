"""Predictions, metrics and intervals. Knows numpy and scikit-learn, and no torch."""
