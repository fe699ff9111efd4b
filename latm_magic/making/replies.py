"""How a maker's replies are read: the module in one, and its word that no module can do the task.

Pure functions from a reply's text. What is asked is in `prompts.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<tag>[^\s`]*)[^\n`]*\n", re.MULTILINE)
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
    fence = _FENCE.search(reply)
    return reply[fence.end() :] if fence else ""


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
    found: list[str] = []
    position = 0
    while (match := _FENCE.search(text, position)) is not None:
        closing = re.compile(rf"^[ \t]*{match['fence']}[ \t]*$", re.MULTILINE).search(text, match.end())
        end = closing.start() if closing else len(text)
        if match["tag"].lower() in {"", "py", "python", "python3", "{python}"}:
            found.append(_unindent(text[match.end() : end]))
        position = closing.end() if closing else len(text)
    if not found and _DEFINITION.search(text):
        found.append(_without_prose(text))
    return [_Block(block, frozenset(_DEFINITION.findall(block))) for block in found]


def _unindent(block: str) -> str:
    lines = block.split("\n")
    width = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return block if width == 0 else "\n".join(line[width:] for line in lines)


def _without_prose(text: str) -> str:
    """Return code that came without a fence, from its first line that looks like Python."""
    match = re.search(r"^(?:import |from \w|def |class |@|\"\"\"|'''|[A-Z_]+ *=)", text, re.MULTILINE)
    return text[match.start() :] if match else text
