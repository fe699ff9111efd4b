"""The modules that guest code imports: read-only proxies of the modules on the allowlist, made for each namespace.

A proxy holds the listed names and nothing else: no submodules beside those listed, no `__name__`, no way to set
anything. What can change is the namespace's own: its random generator, copies of lists and sets; the caches that
guest keys could poison are emptied for each new namespace. A module of `extra_modules`, which only the person can
allow, is handed over with all of its public names: that leans on the process layer.
"""

from __future__ import annotations
import __future__

import decimal
import enum
import random
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from latm_magic.errors import did_you_mean
from latm_magic.sandbox.policy.allowlist import ALLOWLIST, is_extra
from latm_magic.sandbox.runtime.classes import Refused
from latm_magic.sandbox.runtime.own_self import guard_class
from latm_magic.sandbox.runtime.stdlib import REPLACEMENTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FROM_C = frozenset({"_strptime", "_decimal", "codecs", "copyreg", "encodings", "json.decoder", "warnings"})
"""Modules that C code imports through the tool's `__import__` while it works; guest code gets nothing of them."""

_MISSING = object()


class Proxy:
    """A read-only module. It has no `__name__`, so that a failed `from x import y` is not looked up in sys.modules."""

    __slots__ = ("__dict__",)

    def __init__(self, names: Mapping[str, Any], title: str) -> None:
        own = object.__getattribute__(self, "__dict__")
        own.update(names)
        # Not an identifier: guest code cannot read it.
        own["latm:title"] = title

    def __getattr__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__")
        known = [known for known in own if known.isidentifier()]
        raise AttributeError(f"module {own['latm:title']!r} gives no {name!r}.{did_you_mean(name, known)}")

    def __setattr__(self, name: str, _value: Any) -> NoReturn:
        raise Refused(f"modules cannot be changed: keep {name!r} in a variable of your own")

    def __delattr__(self, name: str) -> NoReturn:
        raise Refused(f"modules cannot be changed: {name!r} stays")

    def __repr__(self) -> str:
        return f"<module {object.__getattribute__(self, '__dict__')['latm:title']!r}>"

    def __copy__(self) -> Proxy:
        return self

    def __deepcopy__(self, _memo: Any) -> Proxy:
        return self

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise Refused("a module is no value")


Proxy.__name__ = "module"


class _ExtraProxy(Proxy):
    """A module that the person allowed: public names are looked up as they are asked for, submodules as proxies."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__")
        value = _MISSING if name.startswith("_") else getattr(own["latm:module"], name, _MISSING)
        if isinstance(value, ModuleType):
            root = own["latm:title"].partition(".")[0]
            is_inside = value.__name__.startswith(f"{root}.")
            value = _extra_proxy(value.__name__) if is_inside else _MISSING
        if value is _MISSING:
            raise AttributeError(f"module {own['latm:title']!r} gives no {name!r}")
        own[name] = value
        return value


def _extra_proxy(name: str) -> Proxy:
    return _ExtraProxy({"latm:module": import_module(name)}, name)


class Modules:
    """The modules of one namespace."""

    def __init__(self, extra_modules: Collection[str] = ()) -> None:
        self._extra_modules = tuple(extra_modules)
        self._proxies: dict[str, Proxy] = {}

    def get(self, name: str) -> Any:
        """Return this namespace's proxy of `name`; ImportError where it is not on the list."""
        if name not in self._proxies:
            self._proxies[name] = self._new_proxy(name)
        return self._proxies[name]

    def importer(
        self, name: str, _globals: Any = None, _locals: Any = None, fromlist: Any = (), _level: int = 0
    ) -> Any:
        """Do what `__import__` does: without names to take, `a.b` gives `a`."""
        if name in _FROM_C:
            import_module(name)
            return Proxy({}, name)
        found = self.get(name)
        return found if fromlist else self.get(name.partition(".")[0])

    def _new_proxy(self, name: str) -> Proxy:
        if name == "__future__":
            return Proxy(dict.fromkeys(__future__.all_feature_names), name)
        if name in ALLOWLIST:
            return Proxy({key: self._own(name, key, value) for key, value in _objects(name).items()}, name)
        if is_extra(name, self._extra_modules):
            return _extra_proxy(name)
        raise ImportError(f"module {name!r} is not on the list of modules that a tool may import")

    def _own(self, module: str, name: str, value: Any) -> Any:
        """Return this namespace's own copy of what could be changed."""
        if f"{module}.{name}" in ALLOWLIST:
            return self.get(f"{module}.{name}")
        return type(value)(value) if type(value) in (list, set, dict) else value


def _objects(name: str) -> dict[str, Any]:
    source = import_module(name)
    # A generator of the namespace's own: seeding it changes no other.
    generator = random.Random() if name == "random" else None  # noqa: S311 - guest code's dice
    found = {}
    for key in ALLOWLIST[name]:
        value = REPLACEMENTS.get((name, key), _MISSING)
        if value is _MISSING:
            value = getattr(generator, key, _MISSING)
        if value is _MISSING:
            value = getattr(source, key, _MISSING)
        if value is not _MISSING:
            # Members of the host's enums are plain numbers here: their classes keep a table that could be poisoned.
            found[key] = value.value if isinstance(value, enum.Enum) else value
            guard_class(value)
    return found


def reset_shared_state() -> None:
    """Forget what earlier namespaces left in the host: the decimal context, and caches under keys that lie."""
    decimal.setcontext(decimal.Context())
    sys.modules["re"].purge()
    for clear in getattr(sys.modules["typing"], "_cleanups", ()):
        clear()
    regexes = getattr(sys.modules.get("_strptime"), "_regex_cache", None)
    if regexes:
        regexes.clear()
    fraction_hash = getattr(sys.modules.get("fractions"), "_hash_algorithm", None)
    if fraction_hash is not None:
        fraction_hash.cache_clear()


def warm_up(extra_modules: Collection[str] = ()) -> None:
    """Import whatever guest code may import, or make the interpreter import, before the walls go up."""
    modules = Modules(extra_modules)
    for name in (*ALLOWLIST, *extra_modules):
        modules.get(name)
    for name in _FROM_C:
        import_module(name)
    for encoding in ("ascii", "latin-1", "cp1252", "utf-8-sig", "utf-16", "utf-32", "idna", "punycode"):
        "".encode(encoding)
    import datetime as dt
    import time

    # Each keeps a module of its own that it imports when first used.
    dt.datetime.strptime("2000-01-01", "%Y-%m-%d").strftime("%A")  # noqa: DTZ007 - only its side effect matters
    time.strptime("2000", "%Y")
    format(1.5, "n")
