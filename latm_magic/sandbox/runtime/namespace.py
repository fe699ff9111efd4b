"""The globals that guest code runs in: builtins, imports, and the guards behind the policy's rewriting.

It does NOT decide what may be said in source (the policy does) and stops no endless loop: the process layer does.
"""

from __future__ import annotations

import builtins
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.policy.allowlist import PLAIN_BUILTINS
from latm_magic.sandbox.policy.compile import Compiled, compile_expression
from latm_magic.sandbox.policy.names import GUEST_MODULE, normal_form
from latm_magic.sandbox.runtime import attributes
from latm_magic.sandbox.runtime.classes import (
    ClassLookup,
    GuestType,
    Refused,
    base_init,
    base_new,
    class_builder,
    instance_maker,
    of_instance,
    writable,
)
from latm_magic.sandbox.runtime.modules import Modules, reset_shared_state

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_BUILTINS: MappingProxyType[str, Any] = MappingProxyType(
    {
        **{name: getattr(builtins, name) for name in PLAIN_BUILTINS},
        # So that no guest code catches the end of its time.
        "BaseException": Exception,
        "delattr": attributes.remove,
        "getattr": attributes.read,
        "hasattr": attributes.exists,
        "setattr": attributes.put,
        "super": super,
        "type": GuestType,
    }
)


def guest_namespace(*, extra_modules: Collection[str] = (), printed: Callable[[str], None]) -> dict[str, Any]:
    """Return fresh globals for code of `compile_guest`; what it prints goes to `printed`."""
    reset_shared_state()
    modules = Modules(extra_modules)
    classes: set[type] = set()
    guards = {**_GUARDS, "latm:classes": classes, "latm:class_of": ClassLookup()}
    own: dict[str, Any] = {
        **_BUILTINS,
        "__build_class__": class_builder(classes),
        "__import__": modules.importer,
        "print": _printer(printed),
    }
    namespace: dict[str, Any] = {**guards, "__name__": GUEST_MODULE, "__builtins__": own}
    own["eval"] = _evaluator(namespace, guards, tuple(extra_modules))
    return namespace


def _printer(printed: Callable[[str], None]) -> Callable[..., None]:
    def write(
        *values: Any,
        sep: str | None = " ",
        end: str | None = "\n",
        file: Any = None,
        flush: bool = False,  # noqa: ARG001 - accepted as the builtin does
    ) -> None:
        if file is not None:
            raise Refused("print(file=...) is not allowed: there are no files; return the text")
        between, last = (default if text is None else text for text, default in ((sep, " "), (end, "\n")))
        if not isinstance(between, str) or not isinstance(last, str):
            raise TypeError("sep and end must be None or a string")
        printed(str.__str__(between).join(map(str, values)) + str.__str__(last))

    return write


def _evaluator(namespace: dict[str, Any], guards: dict[str, Any], extra_modules: tuple[str, ...]) -> Callable[..., Any]:
    """Return `eval`: the text is compiled under the policy and sees what the caller sees."""

    def evaluate(source: Any, globals: Any = None, locals: Any = None, /) -> Any:  # noqa: A002 - the builtin's words
        if not isinstance(source, str):
            raise TypeError("eval() takes an expression as text")
        code = _expression(str.__str__(source).strip(), extra_modules)
        scope = namespace
        if globals is not None:
            own = namespace["__builtins__"] if "__builtins__" not in globals else {}
            scope = {**guards, "__name__": GUEST_MODULE, "__builtins__": own, **_variables(globals)}
        return eval(code, scope, _variables(locals) if locals is not None else None)  # noqa: S307 - under the policy

    return evaluate


def _variables(given: Any) -> dict[str, Any]:
    """Return what guest code may put into a scope: plain names, read past any method of its own."""
    if not isinstance(given, dict):
        raise TypeError("eval() takes its variables as a dict")
    return {
        name: value
        for name, value in dict.items(given)
        if type(name) is str and name.isidentifier() and normal_form(name) == name
        if not name.startswith("__") and name != "super"
    }


_GUARDS: MappingProxyType[str, Any] = MappingProxyType(
    {
        "latm:Exception": Exception,
        "latm:attribute": attributes.guarded,
        "latm:init": base_init,
        "latm:locals": locals,
        "latm:made": base_new,
        "latm:new": instance_maker,
        "latm:super": of_instance,
        "latm:type": type,
        "latm:variables": _variables,
        "latm:write": writable,
    }
)
"""What compiled guest code calls. The names are not identifiers, so guest code can neither say nor shadow them."""


def _expression(source: str, extra_modules: tuple[str, ...]) -> Any:
    compiled = _compiled(source, extra_modules)
    if compiled.code is not None:
        return compiled.code
    texts = "; ".join(str(finding) for finding in compiled.findings)
    if any(finding.construct.startswith("this s") for finding in compiled.findings):
        raise SyntaxError(texts)
    raise Refused(texts)


@lru_cache(maxsize=256)
def _compiled(source: str, extra_modules: tuple[str, ...]) -> Compiled:
    return compile_expression(source, extra_modules=extra_modules)
