"""How a maker's replies are read: the module in one, and its word that no module can do the task.

Pure functions from a reply's text. What is asked is in `prompts.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORTEST_FENCE = 3
_PYTHON_TAGS = {"", "py", "python", "python3", "{python}"}
_DEFINITION = re.compile(r"^def[ \t]+(\w+)", re.MULTILINE)


_OPENING = re.compile(r"\A\s*(?:`{3,}|~{3,})[^\S\n]*(?:python3?|py)?[^\S\n]*\n")
_BEGINNING = 80
"""Characters of a module by which a continuation that begins it anew is known."""
_LEAST_REPEATED = 8
_MOST_REPEATED = 2_000
"""Characters that a continuation may repeat."""
_NOT_BY_RULES = re.compile(r"^[ \t>*_`#]*NOT BY RULES[*_`]*[ \t]*:[*_`]*[ \t]*(?P<reason>\S.*)$", re.MULTILINE)


def read_not_by_rules(reply: str) -> str:
    """Return why a maker says that no rules can do the task, in one line; "" for a reply that does not say so."""
    found = _NOT_BY_RULES.search(reply)
    return "" if found is None or _DEFINITION.search(reply) else found["reason"].strip(" *_`")[:500]


def join(said: str, more: str, name: str) -> str:
    """Return a reply that was cut off with its continuation; one that begins the module anew stands for itself.

    A fence that opens the continuation is left out, and so is what it repeats of the end.
    """
    begun = _code_of(said)[:_BEGINNING].strip()
    if (f"def {name}(" in more and f"def {name}(" in said) or (begun and _code_of(more).startswith(begun)):
        return more
    more = _OPENING.sub("", more, count=1)
    repeated = range(min(len(said), len(more), _MOST_REPEATED), _LEAST_REPEATED - 1, -1)
    return said + more[next((size for size in repeated if said.endswith(more[:size])), 0) :]


def _code_of(reply: str) -> str:
    """Return what follows the first fence of a reply; "" where there is none."""
    return next((block for _, block in _fenced_parts(reply.replace("\r\n", "\n").split("\n"))), "")


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    defines: frozenset[str]


def read_module(reply: str, name: str) -> str:
    """Return the module's source in a reply, or "" when it holds none.

    Copes with text around the code, several blocks, blocks that only use the function, an unclosed last fence, code
    without a fence, and a function of another name.
    """
    blocks = [block for block in _blocks(reply) if any(not d.startswith("test_") for d in block.defines)]
    if not blocks:
        return ""
    wanted = frozenset({name, "parse", "format_answer"})
    everywhere = frozenset().union(*(block.defines for block in blocks)) & wanted
    whole = [block for block in blocks if block.defines >= everywhere]
    if whole:
        return whole[-1].text
    return "\n\n".join(block.text.rstrip("\n") for block in blocks) + "\n"


def _blocks(reply: str) -> list[_Block]:
    text = reply.replace("\r\n", "\n")
    found = [_unindent(block) for tag, block in _fenced_parts(text.split("\n")) if tag in _PYTHON_TAGS]
    if not found and _DEFINITION.search(text):
        found.append(_without_prose(text))
    return [_Block(block, frozenset(_DEFINITION.findall(block))) for block in found]


def _fenced_parts(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Give each fenced part of a text with the tag of its fence, in lower case; the last one may lack its end."""
    inside: list[str] = []
    fence = tag = ""
    for line in lines[:-1]:
        if not fence:
            fence, tag = _opening(line)
        elif line.strip(" \t") == fence:
            yield tag, "\n".join([*inside, ""])
            fence, inside = "", []
        else:
            inside.append(line)
    if fence:
        is_closed = lines[-1].strip(" \t") == fence
        yield tag, "\n".join([*inside, "" if is_closed else lines[-1]])


def _opening(line: str) -> tuple[str, str]:
    """Return the fence that a line opens and its tag, "" where it opens none."""
    line = line.lstrip(" \t")
    rest = line.lstrip(line[:1]) if line[:1] in ("`", "~") else line
    if len(line) - len(rest) < _SHORTEST_FENCE or "`" in rest:
        return "", ""
    tag = "" if rest.strip(" \t")[:1].isspace() else next(iter(rest.split()), "")
    return line[: len(line) - len(rest)], tag.lower()


def _unindent(block: str) -> str:
    lines = block.split("\n")
    width = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return block if width == 0 else "\n".join(line[width:] for line in lines)


def _without_prose(text: str) -> str:
    """Return code that came without a fence, from its first line that looks like Python."""
    match = re.search(r"^(?:import |from \w|def |class |@|\"\"\"|'''|[A-Z_]+ *=)", text, re.MULTILINE)
    return text[match.start() :] if match else text
