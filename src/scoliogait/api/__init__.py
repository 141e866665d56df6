"""What every command does, as a function of Python: one file a command. Above all rooms but page and command line.

Each function does what its command does, with the same files and the same figures, and returns a small frozen object:
``print`` it, leave it as the last line of a notebook cell, or ``plot`` it. Bad input raises a ``ScoliogaitError``.
"""
