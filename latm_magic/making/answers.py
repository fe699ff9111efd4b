"""When two answers agree.

Truth is judged here, in the parent: a known answer never enters the sandbox.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from latm_magic.task import to_value

if TYPE_CHECKING:
    from latm_magic.task import Kind

__all__ = ["agree"]


def agree(wanted: str, got: str, kind: Kind) -> bool:
    """Say whether `got` is the answer that was wanted.

    Text has to be the same letter by letter, white space around it aside; numbers and bools have to be the same value
    (floats to nine digits, since the examples were once printed).
    """
    if kind == "text":
        return _plain(wanted) == _plain(got)
    try:
        left, right = to_value(wanted, kind), to_value(got, kind)
    except ValueError:
        return False
    if isinstance(left, float) and isinstance(right, float):
        return (math.isnan(left) and math.isnan(right)) or math.isclose(left, right, rel_tol=1e-9)
    return left == right


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
