"""What every magic works with: the shell it was typed into, its session and its variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from latm_magic.jupyter.namespace import Variables
    from latm_magic.session import Session

__all__ = ["Notebook"]


@dataclass(frozen=True, slots=True)
class Notebook:
    """One notebook, as the magics see it."""

    shell: InteractiveShell
    session: Session
    variables: Variables
