"""What tool notebooks hold: the records between reading, judging and writing, and the marks that a notebook carries.

A tool in a notebook is only an offer: whatever stands beside it, a fingerprint included, is what somebody says. It
becomes a tool here when `admission.py` has verified it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latm_magic.provenance import Provenance  # noqa: TC001
from latm_magic.task import AnswerKind, Instance  # noqa: TC001  the codec reads the annotations
from latm_magic.tool import UseCase  # noqa: TC001

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
"""Format of what a notebook's metadata says of a tool."""

KEY = "latm"
"""Where it stands in the metadata of the notebook and of each tool's cell."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a notebook's metadata says of a tool; whatever can be computed or run here is not taken from it."""

    format: int
    fingerprint: str
    """Of the tool as it was exported; compared with the one computed from the content."""
    samples: int
    """How many of the examples are the task's own; older versions passed the others."""
    provenance: Provenance
    by_snippet: bool = False
    use_cases: tuple[UseCase, ...] = ()
    """Only for a tool that is called by snippet, where the user model needs them; each is run before it counts."""
    shown: tuple[str, ...] = ()
    """Questions of samples that were held back from the maker at first and that it was shown since."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool as a notebook or a published conversation offers it."""

    name: str
    origin: str
    """Name of the file."""
    description: str = ""
    source: str = ""
    samples: tuple[Instance, ...] = ()
    earlier: tuple[Instance, ...] = ()
    kind: AnswerKind = "text"
    by_snippet: bool = False
    use_cases: tuple[UseCase, ...] = ()
    min_accuracy: float = 1.0
    """What its maker was content with, 0 to 1; it takes your word for less than 1 to count here."""
    claims: Claims | None = None
    fault: str = ""
    """Why it cannot even be tried; "" where it can."""

    @property
    def digest(self) -> bytes:
        """SHA-256 over everything in the offer: two offers with one digest are the same."""
        return hashlib.sha256(repr(self).encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class ToolNotebook:
    """A notebook that was read; nothing of it was run."""

    path: Path
    offers: tuple[Offer, ...] = ()
    other_cells: int = 0
    """Code cells that are no tool, no examples of one and not the line that loads the extension; not read further."""
    notes: tuple[str, ...] = ()
    """What else a person should know of it, one line each."""
