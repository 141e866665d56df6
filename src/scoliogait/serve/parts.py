"""What every answer needs: the parts of one running server."""

from __future__ import annotations

from dataclasses import dataclass, field

from scoliogait.serve.data_folder import DataFolder
from scoliogait.serve.names import is_id
from scoliogait.serve.refused import Refused
from scoliogait.serve.runner import Runner
from scoliogait.serve.session_table import Session, SessionTable
from scoliogait.serve.settings import Settings
from scoliogait.serve.sign_in import SignIn


@dataclass
class Parts:
    """uploading: running uploads by address. ending: whether the server is being ended."""

    settings: Settings
    folder: DataFolder
    table: SessionTable
    runner: Runner
    sign_in: SignIn
    csrf: str
    uploading: dict[str, int] = field(default_factory=dict)
    ending: bool = False

    def session(self, session_id: str) -> Session:
        """Raises Refused (404) for an id that is none, or of no session."""
        session = self.table.get(session_id) if is_id(session_id) else None
        if session is None:
            raise Refused(404, "not_found")
        return session
