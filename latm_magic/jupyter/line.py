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
    from collections.abc import Callable

_OPENING, _CLOSING = "([{", ")]}"
_VARIABLE = re.compile(r"\{([A-Za-z_][^{}]*)\}|\$([A-Za-z_]\w*)")
_BEFORE_STRING = re.compile(r"(?:^|\W)[rbfuRBFU]{0,2}$")


def read_line(magic: Any, line: str | list[str], evaluate: Callable[[str], Any] | None = None) -> Namespace:
    """Read the line, or the words, of a magic that was declared with `magic_arguments`; raises `MagicError`.

    `{name}` and `$name` become the value that `evaluate` gives, except in expressions and in text.
    """
    parser: ArgumentParser = magic.parser
    words = split_words(line) if isinstance(line, str) else line
    if words[:1] in (["-h"], ["--help"]):
        raise MagicError(f"{' '.join(parser.format_usage().replace('::', '').split())}: {_help(f'%{parser.prog}')}")
    options = _parse(parser, words)
    behind = getattr(options, "expression", [])
    last = next((i for i in range(1, len(behind)) if _is_option(behind, i, parser)), None)
    if last is not None:
        end = _parse(parser, behind[last:])
        if end.expression:
            raise MagicError(
                f"%{parser.prog}: {behind[last]} stands within the expression: options come first or last."
            )
        options = _parse(parser, [*words[: len(words) - len(behind)], *behind[last:], *behind[:last]])
    return _expanded(options, parser, evaluate) if evaluate else options


def _parse(parser: ArgumentParser, words: list[str]) -> Namespace:
    name = f"%{parser.prog}"
    try:
        options, left = parser.parse_known_args(words)
    except UsageError as fault:
        raise MagicError(f"{name}: {_plain(str(fault))}. {_help(name)}") from None
    if left:
        several = name.startswith("%%") and not any(word.startswith("-") for word in left)
        hint = f" A name is one word: {'_'.join([options.name, *left])[:60]}." if several else ""
        raise MagicError(f"{name} {_unknown(left[0], parser)}{hint} {_help(name)}")
    return options


def _is_option(words: list[str], i: int, parser: ArgumentParser) -> bool:
    """Return whether a word of an expression is an option: a known one, or any where Python cannot read the whole."""
    option = words[i].split("=", 1)[0]
    if option.startswith("--") and option in option_names(parser):
        return True
    return bool(re.fullmatch(r"--?[a-z][a-z-]*", option)) and not _is_python(" ".join(words))


def _is_python(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def _expanded(options: Namespace, parser: ArgumentParser, evaluate: Callable[[str], Any]) -> Namespace:
    def expand(value: Any) -> Any:
        if isinstance(value, list):
            return [expand(each) for each in value]
        return _VARIABLE.sub(lambda found: str(evaluate(found[1] or found[2])), value) if type(value) is str else value

    for action in parser._actions:  # noqa: SLF001  argparse has no public list of them
        if action.type not in {expression, text} and hasattr(options, action.dest):
            setattr(options, action.dest, expand(getattr(options, action.dest)))
    return options


def one_expression(words: list[str]) -> str:
    """Return the words of an expression as one text; raises `MagicError` for texts that Python would glue together."""
    if len(words) > 1 and all(map(is_quoted, words)):
        raise MagicError(f"Python glues texts that stand side by side together: write [{', '.join(words)[:80]}].")
    return " ".join(words)


def expression(word: str) -> str:
    """Return a word that is Python, which is not expanded, as it is."""
    return word


def split_words(line: str) -> list[str]:
    """Split at blanks outside of brackets and quotes, without a comment and `;` at the end.

    Raises `MagicError` where a quote is not closed.
    """
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
        elif character == "#" and not word and depth <= 0:
            break
        elif character in "\"'" and _BEFORE_STRING.search(word[-3:]):
            quote = character
        else:
            depth += (character in _OPENING) - (character in _CLOSING)
        word += character
    if quote:
        raise MagicError(f"A quote is not closed: {line.strip()[:80]!r}.")
    words = [word for word in [*words, word] if word]
    if words and not words[-1].rstrip(";"):
        return words[:-1]
    return [*words[:-1], words[-1].rstrip(";")] if words else []


def text(word: str) -> str:
    """Return the text of an option's value, without the quotes that held it together; escapes are Python's."""
    if not is_quoted(word):
        return word
    try:
        value = ast.literal_eval(word)
    except (SyntaxError, ValueError):  # a backslash that is not an escape
        return path(word)
    return value if isinstance(value, str) else word


def path(word: str) -> str:
    """Return a file's path without the quotes that held it together; backslashes stay, as in paths of Windows."""
    return word[1:-1] if is_quoted(word) else word


def is_quoted(word: str) -> bool:
    """Return whether a word is held together by quotes."""
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
    return f"{name}? shows its options." if not name.startswith("%latm ") else f"%latm help {name[6:]} tells all of it."


_CELL_HELP = re.compile(r"%%(latm\w*)\b.*?\s(?:-h|--help)(?:\s|$)")
_ASKED_PLAINLY = re.compile(r"(\s*)%(latm_solve\s+[^\s\"'?]+\s[^\"']*\?)\s*$")
_WITH_UNDERSCORE = re.compile(r"(\s*)%latm_(?!(?:solve|tool|check)\b)(\w+)((?:\s.*)?)$", re.DOTALL)
_LINE_HELP = re.compile(r"(\s*)%(?:latm\s+([\w%]+)\s*\?{1,2}|(latm_solve)\s+(?:-h|--help))\s*;?\s*$")


def ask_for_help(lines: list[str]) -> list[str]:
    """Return the lines of a cell with `%latm NAME?` and `%%latm --help` as `%latm help NAME`.

    IPython would look up the last word alone, and wants a body of a cell magic. It would do the same with a question
    that is not in quotes. `%latm_NAME` is read as `%latm NAME`.
    """
    if lines and (asked := _CELL_HELP.match(lines[0])):
        return [f"%latm help %%{asked[1]}\n"]
    if lines and lines[0].startswith("%%"):
        return lines
    return [_line_with_help(line) for line in lines]


def _line_with_help(line: str) -> str:
    if asked := _LINE_HELP.match(line):
        return f"{asked[1]}%latm help {asked[2] or asked[3]}\n"
    if named := _WITH_UNDERSCORE.match(line):
        return f"{named[1]}%latm {named[2]}{named[3]}\n"
    if question := _ASKED_PLAINLY.match(line):
        name, _, rest = question[2].partition(" ")
        return f"{question[1]}get_ipython().run_line_magic({name!r}, {rest!r})\n"
    return line
