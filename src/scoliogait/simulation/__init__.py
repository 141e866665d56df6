"""A simulated cohort with known truth: walkers, curves, a camera, keypoint noise, silhouettes, pictures."""
