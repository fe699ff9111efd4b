"""Python literals, written for people and read from strangers: texts, numbers, truth values, lists, pairs, dicts.

The reader goes from token to token and builds nothing but plain data of bounded depth. Python's own parser is not
given a stranger's text in this process: it is twice as fast, but its tree of one cell within the limits takes 2 GB, and
a deep one may crash it. Names, calls and operators are refused because nothing here knows them.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import Any

_MAX_DEPTH = 6
_TOKEN = re.compile(
    r"""(?:[ \t\r\n\f]|\#[^\n]*|\\\n)*(?:
        (?P<text>[rR]?(?:'''(?:[^\\]|\\.)*?'''|\"{3}(?:[^\\]|\\.)*?\"{3}|'(?!'')(?:[^'\\\n]|\\.)*'|"(?!"")(?:[^"\\\n]|\\.)*"))
      | (?P<number>-?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)(?![\w.])
      | (?P<word>[A-Za-z_]\w*)
      | (?P<mark>[\[\](){},:=])
      | (?P<end>\Z)
      | (?P<other>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_CONSTANTS = {"True": True, "False": False, "None": None}


class NotLiteral(ValueError):
    """A text is not made of literals; the message says where and why."""


def literal(text: str, indent: str = "") -> str:
    """Write a text as Python, a line of it to a line; the further lines begin with `indent`."""
    lines = text.splitlines(keepends=True)
    return f"\n{indent}".join(map(quoted, lines)) if len(lines) > 1 else quoted(text)


def quoted(text: str) -> str:
    """Write a text as Python, in one line."""
    # With a single quote inside and no double one, repr chooses double quotes.
    return repr(text) if '"' in text else f'"{repr(chr(39) + text)[2:]}'


class AssignmentReader:
    """Reads lines of the form NAME = LITERAL, of any number of sources, and of all of them `most` tokens together.

    A token takes some microseconds however short it is: four million characters of empty texts would take ten seconds.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._left = most
        self._known: dict[str, dict[str, Any] | NotLiteral] = {}

    def read(self, source: str) -> dict[str, Any]:
        """Return the values by name; raises `NotLiteral` for what is no such line, and for what is too much."""
        if source not in self._known:
            reader = _Reader(source, self._left)
            self._known[source] = reader.outcome()
            self._left = reader.left
        found = self._known[source]
        if isinstance(found, NotLiteral):
            raise found
        return found


class _Reader:
    def __init__(self, source: str, most: int) -> None:
        self._source = source
        self.left = most
        self._tokens = _TOKEN.finditer(source)  # one follows the other: the last alternatives take what is left
        self._position = 0
        self._kind = ""
        self._part = ""

    def outcome(self) -> dict[str, Any] | NotLiteral:
        """Return the values by name, or why they cannot be read."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an escape such as "\d", which is read as it stands
            try:
                return self._assignments()
            except NotLiteral as fault:
                return fault

    def _assignments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._advance()
        while self._kind != "end":
            if self._kind != "word" or self._part in _CONSTANTS:
                raise self._odd()
            name = self._take()
            self._expect("=")
            found[name] = self._value(0)
        return found

    def _value(self, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise self._odd("is nested too deeply")
        if self._kind == "text":
            return self._text()
        if self._kind == "number":
            return self._evaluated()
        if self._part in _CONSTANTS:
            return _CONSTANTS[self._take()]
        if self._part in {"[", "("}:
            return self._sequence(depth)
        if self._part == "{":
            return self._mapping(depth)
        raise self._odd()

    def _sequence(self, depth: int) -> Any:
        opening = self._take()
        items: list[Any] = []
        has_comma = False
        while self._part != _CLOSING[opening] or self._kind != "mark":
            items.append(self._value(depth + 1))
            has_comma = self._comma(_CLOSING[opening]) or has_comma
        self._advance()
        if opening == "[":
            return items
        return items[0] if len(items) == 1 and not has_comma else tuple(items)

    def _mapping(self, depth: int) -> dict[Any, Any]:
        self._advance()
        found: dict[Any, Any] = {}
        while self._part != "}" or self._kind != "mark":
            if self._kind != "text":
                raise self._odd()
            key = self._text()
            self._expect(":")
            found[key] = self._value(depth + 1)
            self._comma("}")
        self._advance()
        return found

    def _comma(self, closing: str) -> bool:
        """Take a comma, which must stand here unless the closing bracket does."""
        if self._kind == "mark" and self._part == ",":
            self._advance()
            return True
        if self._kind != "mark" or self._part != closing:
            raise self._odd()
        return False

    def _text(self) -> str:
        parts: list[str] = []
        while self._kind == "text":
            token = self._part
            if "\\" in token or not token.isprintable():
                parts.append(self._evaluated())
                continue
            # What most tokens are, fifty times faster.
            text = token.lstrip("rR")
            width = 3 if text[:3] in {'"""', "'''"} else 1
            parts.append(text[width:-width])
            self._advance()
        return "".join(parts)

    def _evaluated(self) -> Any:
        token = self._part
        try:
            value = ast.literal_eval(token)
        except (ValueError, SyntaxError) as fault:
            raise self._odd(f"cannot be read ({getattr(fault, 'msg', fault)})") from None
        self._advance()
        return value

    def _expect(self, mark: str) -> None:
        if self._kind != "mark" or self._part != mark:
            raise self._odd()
        self._advance()

    def _take(self) -> str:
        token = self._part
        self._advance()
        return token

    def _advance(self) -> None:
        token = next(self._tokens)
        self._position, self._kind = token.end(), str(token.lastgroup)
        self._part = token[self._kind]
        self.left -= 1
        if self.left < 0:
            raise self._odd("is one part too many: a notebook's examples are read up to a bound")

    def _odd(self, why: str = "is not a text, number, list or pair") -> NotLiteral:
        line = self._source.count("\n", 0, self._position) + 1
        shown = "its end" if self._kind == "end" else repr(self._part[:40])
        return NotLiteral(f"line {line}: {shown} {why}")
