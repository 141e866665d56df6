"""No garbage collection while millions of numbers become objects that all stay alive until they are an array.

The collector looks at every living list and dictionary again and again and frees none of them: a crowd then costs more
than its share.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Switched off inside, and as before after it, whatever was raised; also as a decorator of a function.

    Nested uses leave it off until the outermost ends. Objects without cycles are freed as ever.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
