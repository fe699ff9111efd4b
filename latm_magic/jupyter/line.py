"""Reading the line of a magic: options for argparse, and Python expressions kept whole.

IPython splits a line at every blank, which breaks `df["a b"]`, and prints argparse's errors without failing the cell.
Here words end at blanks outside of brackets and quotes, and every error is a `MagicError`.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from latm_magic.errors import MagicError, did_you_mean

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

_OPENING, _CLOSING = "([{", ")]}"
_BEFORE_STRING = re.compile(r"(?:^|\W)[rbfuRBFU]{0,2}$")


def read_line(magic: Any, line: str) -> Namespace:
    """Read the line of a magic that was declared with `magic_arguments`; raises `MagicError`."""
    parser: ArgumentParser = magic.parser
    name = f"%{parser.prog}"
    try:
        options, left = parser.parse_known_args(split_words(line))
    except UsageError as fault:
        raise MagicError(f"{name}: {_plain(str(fault))}. {_help(name)}") from None
    if left:
        raise MagicError(f"{name} {_unknown(left[0], parser)} {_help(name)}")
    return options


def split_words(line: str) -> list[str]:
    """Split at blanks outside of brackets and quotes; raises `MagicError` where a quote is not closed."""
    words, word, depth, quote = [], "", 0, ""
    escaped = False
    for character in line:
        if quote:
            quote = "" if character == quote and not escaped else quote
            escaped = character == "\\" and not escaped
        elif character.isspace() and depth <= 0:
            words.append(word)
            word = ""
            continue
        elif character in "\"'" and _BEFORE_STRING.search(word[-3:]):
            quote = character
        else:
            depth += (character in _OPENING) - (character in _CLOSING)
        word += character
    if quote:
        raise MagicError(f"A quote is not closed: {line.strip()[:80]!r}.")
    return [word for word in [*words, word] if word]


def text(word: str) -> str:
    """Return the text of an option's value, without the quotes that held it together; escapes are Python's."""
    if not _is_quoted(word):
        return word
    try:
        value = ast.literal_eval(word)
    except (SyntaxError, ValueError):  # a backslash that is not an escape
        return path(word)
    return value if isinstance(value, str) else word


def path(word: str) -> str:
    """Return a file's path without the quotes that held it together; backslashes stay, as in paths of Windows."""
    return word[1:-1] if _is_quoted(word) else word


def _is_quoted(word: str) -> bool:
    return len(word) > 1 and word[0] == word[-1] and word[0] in "\"'"


def option_names(parser: ArgumentParser) -> list[str]:
    """Return the options that a parser knows, long ones first."""
    known = parser._option_string_actions  # noqa: SLF001  argparse has no public list of them
    return sorted(known, key=lambda name: (-name.count("-"), name))


def _unknown(word: str, parser: ArgumentParser) -> str:
    if word.startswith("-"):
        option = word.split("=", 1)[0]
        return f"has no option {option!r}.{did_you_mean(option, option_names(parser))}"
    return f"does not know what to do with {word[:60]!r}."


def _plain(message: str) -> str:
    message = re.sub(r"^argument (\S+?)(?:/\S+)?: ", r"\1: ", message)
    message = message.replace("invalid float value:", "needs a number, got")
    return message.replace("invalid int value:", "needs a whole number, got").rstrip(".")


def _help(name: str) -> str:
    return f"{name}? shows its options." if not name.startswith("%latm ") else "%latm help lists all subcommands."
