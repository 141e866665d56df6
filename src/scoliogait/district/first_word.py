"""Whether somebody speaks behind an address. Dask's own limit of time does not hold for a port that says nothing.

A scheduler greets whoever connects, before it is asked anything: one byte of that is enough.
"""

from __future__ import annotations

import socket
import ssl
import time
from urllib.parse import urlsplit

from scoliogait.district.address import CA_FILE, CERTIFICATE_FILE, KEY_FILE, SchedulerAddress
from scoliogait.errors import DataError

_LEAST_SECONDS = 0.2


def require_first_word(address: SchedulerAddress, seconds: float) -> None:
    """Wait for it. Raises DataError when nobody speaks there in time, or the certificates do not fit."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            spoken = _first_byte(address, max(deadline - time.monotonic(), _LEAST_SECONDS))
        except ConnectionRefusedError as error:  # it may still be starting
            if time.monotonic() > deadline:
                raise _silent(address, seconds, str(error)) from error
            time.sleep(_LEAST_SECONDS)
            continue
        except (OSError, ValueError) as error:  # late, unknown, or of other certificates
            raise _silent(address, seconds, str(error) or type(error).__name__) from error
        if not spoken:
            raise _silent(address, seconds, "the connection was closed")
        return


def _first_byte(address: SchedulerAddress, seconds: float) -> bytes:
    place = urlsplit(address.text)
    with socket.create_connection((place.hostname, place.port), seconds) as plain:
        plain.settimeout(seconds)
        return _encrypted(plain, address).recv(1)


def _encrypted(plain: socket.socket, address: SchedulerAddress) -> socket.socket:
    if (folder := address.certificates) is None:
        return plain
    context = ssl.create_default_context(cafile=str(folder / CA_FILE))
    context.check_hostname = False  # as Dask: who is signed by this authority belongs to the cluster
    context.load_cert_chain(folder / CERTIFICATE_FILE, folder / KEY_FILE)
    return context.wrap_socket(plain)


def _silent(address: SchedulerAddress, seconds: float, reason: str) -> DataError:
    return DataError(
        f"--cluster {address.text}: no scheduler answered in {seconds:g} s ({' '.join(reason.split())}); check the "
        "address, and that the scheduler runs"
    )
