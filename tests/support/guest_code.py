"""Guest code in this process, without a worker and without walls: what the language layer alone makes of it."""

from __future__ import annotations

from typing import Any

from latm_magic.sandbox.policy.compile import compile_guest
from latm_magic.sandbox.runtime.namespace import guest_namespace

__all__ = ["findings_of", "load", "value_of"]


def load(source: str, *, extra_modules: tuple[str, ...] = (), printed: Any = None) -> dict[str, Any]:
    """Run a module that the policy accepts, and return its namespace."""
    compiled = compile_guest(source, extra_modules=extra_modules)
    assert compiled.code is not None, [str(finding) for finding in compiled.findings]
    namespace = guest_namespace(extra_modules=extra_modules, printed=printed or (lambda _text: None))
    exec(compiled.code, namespace)
    return namespace


def value_of(source: str, **options: Any) -> Any:
    """Return what the module's `f()` returns."""
    return load(source, **options)["f"]()


def findings_of(source: str) -> list[str]:
    """Return what the policy finds, as the maker reads it."""
    return [str(finding) for finding in compile_guest(source).findings]
