"""Which schedulers may be talked to, and how: what is neither local nor encrypted is refused unless it is asked for."""

from pathlib import Path

import pytest

from scoliogait.district.address import scheduler_address
from scoliogait.errors import DataError


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    "text", ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786", "tcp://127.9.9.9:65535"]
)
def test_this_machine_needs_nothing(text: str) -> None:
    assert scheduler_address(text, None, False).certificates is None


@pytest.mark.parametrize(
    "text", ["tcp://10.0.0.5:8786", "tcp://0.0.0.0:8786", "tcp://localhost.example:8786", "tcp://127.0.0.1.example:1"]
)
def test_another_machine_needs_tls_or_trust(text: str) -> None:
    with pytest.raises(DataError, match=r"neither encrypted nor asks who is there.*give tls://.*--trust-network"):
        scheduler_address(text, None, False)
    assert scheduler_address(text, None, True).text == text


def test_tls_needs_certificates_even_here(certificates: Path) -> None:
    with pytest.raises(DataError, match="needs --certificates"):
        scheduler_address("tls://127.0.0.1:8786", None, True)
    assert scheduler_address("tls://node1:8786", certificates, False).certificates == certificates
    (certificates / "key.pem").unlink()
    with pytest.raises(DataError, match=r"lacks key\.pem"):
        scheduler_address("tls://node1:8786", certificates, False)
    with pytest.raises(DataError, match="certificates are for tls://"):
        scheduler_address("tcp://127.0.0.1:8786", certificates, False)


@pytest.mark.parametrize(
    "text",
    [
        "node1",
        "node1:8786",
        "http://node1:8786",
        "tcp://node1",
        "tcp://node1:0",
        "tcp://node1:99999",
        "tcp://a b:1",
        "",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="expected tls://HOST:PORT"):
        scheduler_address(text, None, True)
