"""The builtins that guest code gets, by name; `guards` says which object each one is."""

from __future__ import annotations

import builtins

__all__ = ["BUILTIN_NAMES", "GUARDED_BUILTINS", "PLAIN_BUILTINS"]

_PLAIN = """
    abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter
    float format frozenset hash hex id int isinstance issubclass iter len list map max min next object oct ord
    pow property range repr reversed round set slice sorted staticmethod str sum tuple zip NotImplemented
    Ellipsis
"""

_EXCEPTIONS = """
    ArithmeticError AssertionError AttributeError BufferError EOFError Exception FloatingPointError IndexError
    ImportError KeyError LookupError MemoryError ModuleNotFoundError NameError NotImplementedError OSError
    OverflowError RecursionError ReferenceError RuntimeError StopIteration SyntaxError SystemError
    TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
    UnicodeTranslateError ValueError ZeroDivisionError IOError FileNotFoundError PermissionError
    ConnectionError Warning DeprecationWarning RuntimeWarning UserWarning
"""

PLAIN_BUILTINS = tuple(name for name in (_PLAIN + " " + _EXCEPTIONS).split() if hasattr(builtins, name))
"""Handed over as they are."""

GUARDED_BUILTINS = ("BaseException", "delattr", "eval", "getattr", "hasattr", "print", "setattr", "type")
"""Replaced by a guard; `super` is there too, and the policy rewrites every use of it."""

BUILTIN_NAMES = frozenset({*PLAIN_BUILTINS, *GUARDED_BUILTINS, "super"})
