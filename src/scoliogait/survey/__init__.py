"""What a set of walks is like: hazards of a split, description, tests of asymmetry, published statistics."""
