"""The signature of a tool's function, as written in its source: text throughout, so that no guest code is evaluated."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a tool's function."""

    name: str
    kind: Literal["positional_only", "positional_or_keyword", "keyword_only", "var_positional", "var_keyword"]
    annotation: str = ""
    default: str = ""
    """The default as source text; "" = required."""


@lru_cache(maxsize=1024)  # a direct call of a tool asks for it each time
def signature_of(parameters: tuple[Parameter, ...], returns: str) -> inspect.Signature:
    """Return a signature in which annotations and defaults stand as text."""
    listed = [
        inspect.Parameter(
            p.name,
            getattr(inspect.Parameter, p.kind.upper()),
            default=_shown(p.default),
            annotation=_shown(p.annotation),
        )
        for p in parameters
    ]
    return inspect.Signature(listed, return_annotation=_shown(returns))


class _Text(str):
    """Source text that shows as itself in a signature, so that no guest annotation or default is evaluated."""

    __slots__ = ()
    __repr__ = str.__str__


def _shown(text: str) -> Any:
    return _Text(text) if text else inspect.Parameter.empty
