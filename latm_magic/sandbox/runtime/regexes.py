# ruff: noqa: D103 - each does what its namesake does
"""The functions of `re`, with flags as exact numbers: the originals hand members of their enum to the `&` of flags.

Such a member, combined with a number of guest code's own, would put that number into the table of an enum that all
runs share. Each does what its original does, in the same two steps: compile, then match.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

_compile = re.compile


def _exact(flags: Any) -> int:
    return int.__index__(flags)


def compile(pattern: Any, flags: Any = 0) -> Any:  # noqa: A001 - the names of `re`
    return _compile(pattern, flags if type(flags) is int else _exact(flags))


def match(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compile(pattern, flags if type(flags) is int else _exact(flags)).match(string)


def fullmatch(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compile(pattern, flags if type(flags) is int else _exact(flags)).fullmatch(string)


def search(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compile(pattern, flags if type(flags) is int else _exact(flags)).search(string)


def findall(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compile(pattern, flags if type(flags) is int else _exact(flags)).findall(string)


def finditer(pattern: Any, string: Any, flags: Any = 0) -> Any:
    return _compile(pattern, flags if type(flags) is int else _exact(flags)).finditer(string)


def split(pattern: Any, string: Any, maxsplit: Any = 0, flags: Any = 0) -> Any:
    return _compile(pattern, flags if type(flags) is int else _exact(flags)).split(string, maxsplit)


def sub(pattern: Any, repl: Any, string: Any, count: Any = 0, flags: Any = 0) -> Any:
    return _compile(pattern, flags if type(flags) is int else _exact(flags)).sub(repl, string, count)


def subn(pattern: Any, repl: Any, string: Any, count: Any = 0, flags: Any = 0) -> Any:
    return _compile(pattern, flags if type(flags) is int else _exact(flags)).subn(repl, string, count)


FUNCTIONS = MappingProxyType(
    {
        function.__name__: function
        for function in (compile, match, fullmatch, search, findall, finditer, split, sub, subn)
    }
)
"""Name in `re` -> what guest code gets in place of it."""
