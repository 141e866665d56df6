"""Out of memory in one line: recognised in one place, whatever library runs out, and reported with what to lower."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scoliogait.errors import ScoliogaitError

# What libraries say that have no exception of their own for it: torch on a CPU, OpenCV.
_IN_WORDS = re.compile(
    r"DefaultCPUAllocator|can't allocate memory|not enough memory|CUDA out of memory|Insufficient memory", re.IGNORECASE
)
# torch's class is found by its name, so that nothing here needs torch.
_OF_A_GPU = "OutOfMemoryError"


def memory_that_ran_out(error: BaseException) -> str | None:
    """Of an exception that says so: ``"memory"`` or ``"GPU memory"``; None of any other exception."""
    if type(error).__name__ == _OF_A_GPU or "CUDA out of memory" in str(error):
        return "GPU memory"
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return "memory"
    is_of_a_library = not isinstance(error, ScoliogaitError | OSError)
    return "memory" if is_of_a_library and _IN_WORDS.search(str(error)) else None


@contextmanager
def out_of_memory_in_one_line(refusal: Callable[[str], ScoliogaitError]) -> Iterator[None]:
    """Raise ``refusal(which memory)`` where memory runs out in the block; other errors rise as they are."""
    try:
        yield
    except Exception as error:
        which = memory_that_ran_out(error)
        if which is None:
            raise
        raise refusal(which) from error
