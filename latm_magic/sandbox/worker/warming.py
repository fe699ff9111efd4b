"""What a process loads before the walls go up: behind them no file can be read.

It does NOT put walls up (`walls` does).
"""

from __future__ import annotations

import codecs
import importlib
import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from latm_magic.sandbox.wire.plan import Language

__all__ = ["policy_language", "warm_up"]

_CODECS = ("ascii", "latin_1", "utf_8_sig", "utf_16_le", "utf_16_be", "utf_32_le", "cp1252", "idna", "unicode_escape")


def policy_language(extra_modules: tuple[str, ...]) -> Language:
    """Give the language layer of this package."""
    from latm_magic.sandbox.worker.language import PolicyLanguage

    return PolicyLanguage(extra_modules)


def warm_up(language: Language, extra_modules: tuple[str, ...]) -> None:
    """Import everything that guest code may need later."""
    language.warm_up()
    for name in extra_modules:
        importlib.import_module(name)
    if importlib.util.find_spec("resource") is not None:
        importlib.import_module("resource")
    for name in _CODECS:
        codecs.lookup(name)
