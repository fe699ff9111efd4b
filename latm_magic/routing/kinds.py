"""The routers there are, by the name that the setting `router` gives them."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from latm_magic.errors import SettingsError
from latm_magic.routing.learned.router import LearnedRouter
from latm_magic.routing.lexical.router import LexicalRouter

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.routing.router import Router


def router_of(kind: Any) -> Callable[[], Router]:
    """Return what makes a router of a kind, one that knows nothing yet; raises `SettingsError` where torch is missing.

    `kind` is "lexical", or one of the learned ones: "linear", "gru", "transformer" or "embedding".
    """
    if kind == "lexical":
        return LexicalRouter
    if find_spec("torch") is None:
        raise SettingsError(
            f"router = {kind!r} needs torch: pip install 'latm_magic[torch]', or set router to 'lexical'."
        )
    return partial(LearnedRouter, kind)
