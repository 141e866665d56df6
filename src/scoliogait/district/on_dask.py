"""Tasks on workers of Dask: a cluster on this machine, or one whose scheduler is reached by an address.

Dask knows where its workers are, starts them on many kinds of machines and shows them on a page. What is done with a
task, and what is finished, it does not know: that lies in files, so that losing all of Dask loses nothing.
"""

from __future__ import annotations

import logging
import operator
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import scoliogait
from scoliogait.district.address import CA_FILE, CERTIFICATE_FILE, KEY_FILE, SchedulerAddress
from scoliogait.district.engine import MOST_DEATHS_IN_A_ROW, Task, Work
from scoliogait.district.first_word import require_first_word
from scoliogait.errors import DataError, ScoliogaitError
from scoliogait.optional_package import require_package

if TYPE_CHECKING:
    from distributed import Client, Future

SECONDS_TO_ANSWER = 30.0
# A scheduler without any worker, in the middle of a run: others may still be starting.
SECONDS_WITHOUT_WORKERS = 300.0
_SECONDS_BETWEEN_LOOKS = 2.0
# Of tasks a worker: one that is worked on, and one that waits beside it.
_AHEAD = 2
# To each worker, with the shards in them. Dask keeps 1,000 for its developers: memory that grows until it has so many.
_MESSAGES_KEPT = 10


@contextmanager
def local_dask(n_workers: int) -> Iterator[OnDask]:
    """A scheduler with workers that only this machine reaches, and that end with the block."""
    distributed = _distributed()
    with (
        _settings(),
        _cluster_here(distributed, n_workers) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield OnDask(client, "local")


@contextmanager
def dask_at(address: SchedulerAddress) -> Iterator[OnDask]:
    """Workers of a scheduler that runs somewhere.

    Raises DataError when nobody answers there in time, no worker comes, or one has another version of this package.
    """
    distributed = _distributed()
    with _settings(), _client_at(distributed, address) as client:
        _check_workers(client, address.text)
        yield OnDask(client, address.text)


def _cluster_here(distributed: Any, n_workers: int) -> Any:
    try:
        return distributed.LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
    except (OSError, TimeoutError, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"--cluster local: {n_workers} workers did not start ({reason}); take fewer, or leave --cluster out"
        ) from error


def _client_at(distributed: Any, address: SchedulerAddress) -> Any:
    security = None
    if (folder := address.certificates) is not None:
        security = distributed.Security(
            tls_ca_file=str(folder / CA_FILE),
            tls_client_cert=str(folder / CERTIFICATE_FILE),
            tls_client_key=str(folder / KEY_FILE),
            require_encryption=True,
        )
    require_first_word(address, SECONDS_TO_ANSWER)
    try:
        return distributed.Client(address.text, timeout=SECONDS_TO_ANSWER, security=security, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"--cluster {address.text}: no client could connect ({reason}); check the scheduler") from error


@dataclass
class OnDask:
    """An engine on a connected cluster."""

    _client: Client
    _where: str

    @property
    def link(self) -> str | None:
        """A page that needs no further package lies below the dashboard's."""
        link = self._client.dashboard_link
        return None if not link else link.removesuffix("/status") + "/info/main/workers.html"

    def run(self, work: Work, tasks: Iterable[Task]) -> Iterator[dict[str, Any]]:
        """As ``Engine.run``."""
        distributed = _distributed()
        left = iter(tasks)
        flying: dict[Future, Task] = {}
        deaths_in_a_row = 0
        seen_a_worker = time.monotonic()
        try:
            while True:
                n_workers = self._n_workers()
                seen_a_worker = time.monotonic() if n_workers else seen_a_worker
                if time.monotonic() - seen_a_worker > SECONDS_WITHOUT_WORKERS:
                    raise self._lost("has had no worker for", SECONDS_WITHOUT_WORKERS)
                while len(flying) < max(_AHEAD * n_workers, 1) and (task := next(left, None)) is not None:
                    flying[self._client.submit(work, task, pure=False)] = task
                if not flying:
                    return
                for future in self._finished(list(flying)):
                    task = flying.pop(future)
                    try:
                        result = future.result(timeout=SECONDS_TO_ANSWER)
                    except ScoliogaitError:
                        raise
                    except (distributed.scheduler.KilledWorker, distributed.CancelledError) as error:
                        deaths_in_a_row += 1
                        if deaths_in_a_row > MOST_DEATHS_IN_A_ROW:
                            raise self._lost("loses every worker; deaths in a row:", deaths_in_a_row) from error
                        self._n_workers()  # raises where the scheduler is gone
                        flying[self._client.submit(work, task, pure=False)] = task
                        continue
                    deaths_in_a_row = 0
                    yield result
        finally:
            if self._client.status == "running":
                self._client.cancel(list(flying), force=True)

    def _finished(self, futures: list[Future]) -> list[Future]:
        distributed = _distributed()
        with suppress(TimeoutError, distributed.CancelledError), self._client.as_current():
            distributed.wait(futures, timeout=_SECONDS_BETWEEN_LOOKS, return_when="FIRST_COMPLETED")
        return [future for future in futures if future.status != "pending"]

    def _n_workers(self) -> int:
        """Raises DataError where the scheduler does not answer any more."""
        scheduler: Any = self._client.scheduler
        try:
            return len(self._client.sync(scheduler.ncores, callback_timeout=SECONDS_TO_ANSWER))
        except (OSError, TimeoutError, ValueError, AttributeError, RuntimeError) as error:
            raise self._lost("does not answer any more after", SECONDS_TO_ANSWER) from error

    def _lost(self, what: str, number: float) -> DataError:
        return DataError(
            f"--cluster {self._where}: the scheduler {what} {number:g}{' s' if number > 0 else ''}; start it again and "
            "run again, what is finished is kept"
        )


def _check_workers(client: Client, where: str) -> None:
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_ANSWER)
        versions = client.run(operator.attrgetter("__version__"), scoliogait)
    except TimeoutError as error:
        raise DataError(
            f"--cluster {where}: the scheduler has no workers after {SECONDS_TO_ANSWER:g} s; start them: dask worker"
        ) from error
    except ImportError as error:
        raise DataError(
            f"--cluster {where}: a worker lacks this package ({error}); install the same version"
        ) from error
    ours = scoliogait.__version__
    others = sorted({version for version in versions.values() if version != ours})
    if others:
        worker = next(name for name, version in versions.items() if version != ours)
        raise DataError(
            f"--cluster {where}: the worker {worker} has scoliogait {others[0]}, this program is {ours}; install the "
            "same version everywhere"
        )


def _distributed() -> Any:
    require_package("distributed")
    import distributed

    return distributed


@contextmanager
def _settings() -> Iterator[None]:
    """Of Dask, for a block. Processes that are started in it take them over."""
    from dask import config

    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL)  # a scheduler that is lost is one line of ours, not its traces
    try:
        with config.set({"distributed.admin.low-level-log-length": _MESSAGES_KEPT}):
            yield
    finally:
        log.setLevel(level)
