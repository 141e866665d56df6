"""Which pairs of joints moved a model's scores, and when, and whether that is to be believed: planted changes."""
