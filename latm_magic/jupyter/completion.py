"""Completing what you type behind the magics: subcommands, options, names, versions, files; and Python.

The shell's completer is asked here first. Where a word of ours belongs, those alone are offered: IPython would put the
names of Python before them. An expression is given to IPython without the magic before it, as if it stood alone.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.completer import Completion

from latm_magic.errors import LatmError, MagicError
from latm_magic.jupyter.line import expression, is_quoted, option_names, path, split_words
from latm_magic.jupyter.magics import LatmMagics
from latm_magic.jupyter.subcommands.registry import ALIASES, SUBCOMMANDS

if TYPE_CHECKING:
    from argparse import Action, ArgumentParser
    from collections.abc import Iterable, Iterator

    from IPython.core.interactiveshell import InteractiveShell

    from latm_magic.jupyter.notebook import Notebook

_PARSERS: dict[str, Any] = {
    "%%latm": LatmMagics.latm_cell,
    "%%latm_tool": LatmMagics.latm_tool,
    "%%latm_check": LatmMagics.latm_check,
    "%%latm_ask": LatmMagics.latm_ask,
    "%%latm_flow": LatmMagics.latm_flow,
    "%latm_solve": LatmMagics.latm_solve,
    "%%latm_solve": LatmMagics.latm_solve,
}
_MAGIC = re.compile(r"(?<![%\w])(%%?latm(?:_\w+)?)\s+")
_NAME = re.compile(r"(?:^|[^\w.'\"])([^\W\d]\w*)$")
_PYTHON = {"EXPR", "QUESTION", "ANSWER"}
_END = "\0"
"""Where the cursor is: so that the last word is there, be it empty."""
_METHODS = ("completions", "complete")


@dataclass(frozen=True, slots=True)
class Offer:
    """What may stand at the end of a line."""

    words: tuple[str, ...] = ()
    typed: str = ""
    """The end of the line that one of the words replaces."""
    python: str | None = None
    """The expression that ends there, for IPython to complete; None where there is none."""

    @property
    def fitting(self) -> list[str]:
        """The words that begin as typed, or that do so in other letters."""
        exact = [word for word in self.words if word.startswith(self.typed)]
        return exact or [word for word in self.words if word.lower().startswith(self.typed.lower())]


def register(notebook: Notebook) -> None:
    """Have the shell's completer ask here first."""
    completer = notebook.shell.Completer
    known_completions, known_complete = completer.completions, completer.complete

    def completions(text: str, offset: int) -> Iterator[Any]:
        offer = offered(notebook, text[:offset])
        if offer is None:
            yield from known_completions(text, offset)
            return
        for word in offer.fitting:
            yield Completion(offset - len(offer.typed), offset, word, type="magic")
        if offer.python is not None and not offer.fitting:
            start = offset - len(offer.python)
            for found in known_completions(offer.python, len(offer.python)):
                yield Completion(found.start + start, found.end + start, found.text, type=found.type)

    def complete(text: str | None = None, line_buffer: str | None = None, cursor_pos: int | None = None) -> Any:
        line = line_buffer or text or ""
        offer = offered(notebook, line[: len(line) if cursor_pos is None or not line_buffer else cursor_pos])
        if offer is None or not (offer.fitting or offer.python is None):
            return known_complete(text, line_buffer, cursor_pos)
        return offer.typed, offer.fitting

    for method in (completions, complete):
        setattr(completer, method.__name__, method)


def unregister(shell: InteractiveShell) -> None:
    """Give the completer back to the shell."""
    for name in _METHODS:
        vars(shell.Completer).pop(name, None)


def offered(notebook: Notebook, text: str) -> Offer | None:
    """Return what may stand where `text`, a cell up to the cursor, ends; None where that is not behind our magics."""
    line = text.rpartition("\n")[2]
    found = next((each for each in _MAGIC.finditer(line) if _begins(line[: each.start()])), None)
    if found is None or (found[1].startswith("%%") and text != line):
        return None
    try:
        return _behind(notebook, found[1], line[found.end() :])
    except LatmError:
        return Offer()  # a completer cannot show an error; the magic itself will


def _begins(before: str) -> bool:
    """Return whether a magic may stand behind this: at the beginning of a line, or as the value of an assignment."""
    if not before.strip():
        return True
    try:
        return isinstance(ast.parse(f"{before.strip()} 0").body[0], ast.Assign)
    except (SyntaxError, ValueError):
        return False


def _behind(notebook: Notebook, magic: str, rest: str) -> Offer | None:
    *words, typed = _words(rest)
    if typed is None:
        return Offer()  # amid a comment
    if magic != "%latm":
        return _of_parser(notebook, _PARSERS[magic].parser, words, typed, rest) if magic in _PARSERS else None
    if not words:
        return Offer(tuple(SUBCOMMANDS), typed)
    known = SUBCOMMANDS.get(ALIASES.get(words[0], words[0]))
    return Offer() if known is None else _of_parser(notebook, known.parser, words[1:], typed, rest, known.completes)


def _words(rest: str) -> list[Any]:
    """Return the words of a line that is being typed, the last one as far as it goes; None for it in a comment."""
    for closing in ("", '"', "'"):
        try:
            *words, last = split_words(f"{rest}{_END}{closing}") or [""]
        except MagicError:
            continue
        typed, end, _ = last.partition(_END)
        return [*words, typed if end else None]
    return [None]


def _of_parser(
    notebook: Notebook, parser: ArgumentParser, words: list[str], typed: str, rest: str, named: str = "tools"
) -> Offer:
    """Offer what may stand behind these words of a magic whose words this parser reads."""
    options, positional = parser._option_string_actions, list[str]()  # noqa: SLF001  argparse has no public list
    before: Action | None = None
    for word in words:
        is_value = before is not None
        before = None if is_value else options.get(word)
        before = before if before is not None and before.nargs is None else None  # a flag takes nothing
        if not is_value and before is None and not word.startswith("-"):
            positional.append(word)
    option, equals, value = typed.partition("=")
    if before is None and equals and option in options:
        before, typed = options[option], value
    if before is None and typed.startswith("-"):
        return Offer(tuple(option_names(parser)), typed)
    action = before or _action_at(parser, len(positional))
    offer = Offer(typed=typed) if action is None else _of_action(notebook, action, named, positional, typed, rest)
    return offer if typed or before is not None else Offer((*offer.words, *option_names(parser)))


def _action_at(parser: ArgumentParser, place: int) -> Action | None:
    actions = [each for each in parser._actions if not each.option_strings]  # noqa: SLF001
    if place < len(actions):
        return actions[place]
    return actions[-1] if actions and actions[-1].nargs in {"*", "+", "..."} else None


def _of_action(notebook: Notebook, action: Action, named: str, positional: list[str], typed: str, rest: str) -> Offer:
    what = str(action.metavar or "")
    if action.choices:
        return Offer(tuple(map(str, action.choices)), typed)
    if what in _PYTHON or action.type is expression:
        # An option's value and an argument are one word; only what stands last may have blanks.
        return _python(notebook, typed if action.nargs != "..." else _without_options(rest, typed, positional))
    if action.type is path:
        return Offer(tuple(_files(typed)), typed)
    if what in {"VERSION", "OLD", "NEW"} and positional:
        return Offer(tuple(map(str, reversed(notebook.session.cache.tools.numbers(positional[0])))), typed)
    if what in {"NAME", "TOOL"} and action.dest in {"name", "names", "tool"}:
        return Offer(tuple(_named(notebook, "tools" if action.dest == "tool" else named)), typed)
    return Offer(typed=typed)


def _without_options(rest: str, typed: str, positional: list[str]) -> str:
    """Return the end of a line from its first word that is no option on, blanks and all."""
    start = rest.find(positional[0]) if positional else len(rest) - len(typed)
    return rest[start:]


def _python(notebook: Notebook, typed: str) -> Offer:
    """Offer your variables where a name stands, and leave the rest to IPython."""
    if not typed or typed[-1].isspace():
        return Offer(tuple(_variables(notebook)))
    name = _NAME.search(typed)
    if name is None or is_quoted(typed):
        return Offer(python=typed)
    known = tuple(each for each in _variables(notebook) if each.startswith(name[1]))
    return Offer(known, name[1], typed)


def _variables(notebook: Notebook) -> Iterable[str]:
    shell = notebook.shell
    return (name for name in shell.user_ns if not name.startswith("_") and name not in shell.user_ns_hidden)


def _named(notebook: Notebook, what: str) -> Iterable[str]:
    if what == "settings":
        return notebook.settings.names()
    if what == "commands":
        return (*SUBCOMMANDS, *_PARSERS)
    session = notebook.session
    if what == "drafts":
        return session.cache.documents.names("draft")
    if what != "tools":
        return ()
    return (*session.cache.tools.names(), *(offer.name for offer in session.shared()))


def _files(typed: str) -> Iterable[str]:
    folder, slash, start = typed.rpartition("/")
    if typed[:1] in {"'", '"'}:
        return ()
    try:
        found = [each for each in Path(f"{folder}{slash}" or ".").expanduser().iterdir() if each.name.startswith(start)]
        return sorted(f"{folder}{slash}{each.name}{'/' * each.is_dir()}" for each in found)
    except (OSError, RuntimeError, ValueError):  # no such folder, or none that may be read
        return ()
