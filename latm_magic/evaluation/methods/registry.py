"""The methods by name. A new one is a class behind `Method`, in a file of its own, and its line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.errors import TaskError, did_you_mean
from latm_magic.evaluation.methods.ask import Ask
from latm_magic.evaluation.methods.compiled import Compiled, CompiledAndGrown, CompiledWithColumn
from latm_magic.evaluation.methods.direct import Direct, DirectLight
from latm_magic.evaluation.methods.latm import Latm
from latm_magic.evaluation.methods.proxy import Proxy
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.evaluation.methods.method import Bench, Method

METHODS: Mapping[str, Callable[[Bench], Method]] = {
    "direct": Direct,
    "direct-light": DirectLight,
    "latm": Latm,
    "compiled": Compiled,
    "compiled+column": CompiledWithColumn,
    "compiled+grow": CompiledAndGrown,
    "ask": Ask,
    "proxy": Proxy,
}


def check_methods(names: Sequence[str]) -> None:
    """Raise `TaskError` for a method that there is not, or that is named twice."""
    for name in names:
        if name not in METHODS:
            raise TaskError(f"No method {quoted(name)}.{did_you_mean(name, METHODS)} There are: {', '.join(METHODS)}.")
        if names.count(name) > 1:
            raise TaskError(f"The method {quoted(name)} is named twice: once is enough; --runs repeats all of them.")
