"""Models as one file that needs no torch: written from a bundle, checked against it, read back and run."""
