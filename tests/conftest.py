"""Every test runs torch with one thread, also in the processes it starts: results are equal bit for bit only for equal
numbers of threads, and the tests themselves run side by side. Read by torch when it is imported, hence set here."""

import os

os.environ["OMP_NUM_THREADS"] = "1"
