"""The language layer as the worker uses it: the policy's compiler and the namespace that its code runs in.

It adds nothing to `policy`, `guards` and `modules`; it is the one place where the worker names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.policy.compile import compile_guest
from latm_magic.sandbox.runtime import modules
from latm_magic.sandbox.runtime.namespace import guest_namespace

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.sandbox.wire.plan import Compiled

__all__ = ["PolicyLanguage"]


class PolicyLanguage:
    """Guest code under the policy, with `extra_modules` beside the allow-list."""

    def __init__(self, extra_modules: tuple[str, ...]) -> None:
        self._extra_modules = extra_modules

    def compile(self, source: str, filename: str) -> Compiled:
        """Compile under the policy; never raises for bad source."""
        return compile_guest(source, filename=filename, extra_modules=self._extra_modules)

    def namespace(self, printed: Callable[[str], None]) -> dict[str, Any]:
        """Give fresh globals for guest code."""
        return guest_namespace(extra_modules=self._extra_modules, printed=printed)

    def warm_up(self) -> None:
        """Import whatever guest code may make the interpreter import later."""
        modules.warm_up()
