"""What every magic works with: the shell it was typed into, its session and its variables.

The session is made when it is first asked for, so that loading stays light; its settings are there before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.jupyter.namespace import Variables

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from latm_magic.project import Project
    from latm_magic.session.session import Session
    from latm_magic.settings import Latm

__all__ = ["Notebook"]


class Notebook:
    """One notebook, as the magics see it."""

    def __init__(self, shell: InteractiveShell, project: Project, settings: Latm, **options: Any) -> None:
        """Keep what the session will be made of; `options` are `Session`'s."""
        self.shell = shell
        self.project = project
        self.settings = settings
        self.variables = Variables(shell)
        self._options = options
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The notebook's own session."""
        if self._session is None:
            from latm_magic.session.session import Session

            self._session = Session(self.project.folder, base=self.settings, **self._options)
        return self._session

    def close(self) -> None:
        """Close the session, if there is one."""
        if self._session is not None:
            self._session.close()
