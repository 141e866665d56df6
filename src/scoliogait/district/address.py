"""Addresses of schedulers. Whoever reaches a worker's port runs code in it, so a network is trusted only on purpose."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from scoliogait.errors import DataError

_FORM = re.compile(r"(?P<scheme>tcp|tls)://(?P<host>\[[0-9a-fA-F:.%\w]+\]|[\w.-]+):(?P<port>\d{1,5})")
# What a folder of certificates holds: who signed, who we are, and the key to that.
CA_FILE, CERTIFICATE_FILE, KEY_FILE = "ca.pem", "cert.pem", "key.pem"


@dataclass(frozen=True)
class SchedulerAddress:
    """A checked address. certificates: the folder with which both sides prove who they are; None on plain tcp."""

    text: str
    certificates: Path | None


def scheduler_address(text: str, certificates: str | Path | None, trust_network: bool) -> SchedulerAddress:
    """Raises DataError for an address of another form, tls without certificates, and tcp to another machine."""
    found = _FORM.fullmatch(text)
    if found is None or not 1 <= int(found["port"]) <= 65535:
        raise DataError(f"--cluster {text}: expected tls://HOST:PORT, tcp://127.0.0.1:PORT, or local")
    if found["scheme"] == "tls":
        return SchedulerAddress(text, _folder_of(text, certificates))
    if certificates is not None:
        raise DataError(f"--cluster {text}: certificates are for tls://; give tls://, or leave --certificates out")
    if not _is_this_machine(found["host"]) and not trust_network:
        raise DataError(
            f"--cluster {text}: tcp:// to another machine is neither encrypted nor asks who is there, and workers run "
            "what reaches them; give tls:// with --certificates, or --trust-network where nobody else can reach it"
        )
    return SchedulerAddress(text, None)


def _folder_of(text: str, certificates: str | Path | None) -> Path:
    names = f"{CA_FILE}, {CERTIFICATE_FILE} and {KEY_FILE}"
    if certificates is None:
        raise DataError(f"--cluster {text}: tls:// needs --certificates, a folder with {names}")
    folder = Path(certificates)
    missing = [name for name in (CA_FILE, CERTIFICATE_FILE, KEY_FILE) if not (folder / name).is_file()]
    if missing:
        raise DataError(f"--certificates {folder}: lacks {', '.join(missing)}; expected a folder with {names}")
    return folder


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
