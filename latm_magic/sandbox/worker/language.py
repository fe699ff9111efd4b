"""The language layer as the worker uses it, and everything that is imported before the walls go up.

The one place where the worker names the policy's compiler and the runtime's namespace. It does NOT put walls up
(`walls` does); behind them no file can be read.
"""

from __future__ import annotations

import codecs
import importlib
import importlib.util
from typing import TYPE_CHECKING, Any, Protocol

from latm_magic.sandbox.policy.compile import compile_guest
from latm_magic.sandbox.runtime import modules
from latm_magic.sandbox.runtime.namespace import guest_namespace

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.sandbox.policy.compile import Compiled

_CODECS = ("ascii", "latin_1", "utf_8_sig", "utf_16_le", "utf_16_be", "utf_32_le", "cp1252", "idna", "unicode_escape")

_LAZY = ("resource", "annotationlib", "_ast_unparse")
"""Modules that only some systems and Python versions have, and that are imported when first used."""
_SAMPLE = '''
from dataclasses import dataclass

@dataclass
class Item:
    """An item."""
    name: str
    price: float = 0.5

def parse(question: str) -> dict[str, list[Item]]:
    """Read a question."""
    if not question:
        raise ValueError(f"nothing in {question!r}")
    return {"items": [Item(word) for word in question.split()]}

print(parse("a b"))
try:
    parse("")
except ValueError as fault:
    print(fault)
'''


class Language(Protocol):
    """What a worker needs of a language layer; tests of the walls bring one without a policy."""

    def compile(self, source: str, filename: str) -> Compiled:
        """Compile under the policy; never raises for bad source."""

    def namespace(self, printed: Callable[[str], None]) -> dict[str, Any]:
        """Return fresh globals for guest code, which calls `printed` with each text that it prints."""

    def warm_up(self) -> None:
        """Import whatever guest code may make the interpreter import later."""


class PolicyLanguage:
    """Guest code under the policy, with `extra_modules` beside the allow-list."""

    def __init__(self, extra_modules: tuple[str, ...]) -> None:
        self._extra_modules = extra_modules

    def compile(self, source: str, filename: str) -> Compiled:
        """Compile under the policy; never raises for bad source."""
        return compile_guest(source, filename=filename, extra_modules=self._extra_modules)

    def namespace(self, printed: Callable[[str], None]) -> dict[str, Any]:
        """Return fresh globals for guest code."""
        return guest_namespace(extra_modules=self._extra_modules, printed=printed)

    def warm_up(self) -> None:
        """Import whatever guest code may make the interpreter import later: a tool is compiled and run for that."""
        modules.warm_up()
        exec(self.compile(_SAMPLE, "<sample>").code or "", self.namespace(lambda _: None))  # noqa: S102 - our own source


def warm_up(language: Language, extra_modules: tuple[str, ...]) -> None:
    """Import everything that guest code may need later."""
    language.warm_up()
    for name in extra_modules:
        importlib.import_module(name)
    for name in _LAZY:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    for name in _CODECS:
        codecs.lookup(name)
