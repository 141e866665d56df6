"""Which walks are the same: keys of their frames that survive export and import, and sets of walks compared by them."""
