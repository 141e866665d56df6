"""A page on one's own machine: recordings in, progress, reports, sessions of a person compared. Nothing leaves it."""
