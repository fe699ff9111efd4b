"""How replies of the dispatcher model and of the strong model are read.

A choice is one tool's name without a "no" beside it. An answer is read whatever decorates it; what is no answer, or
cannot be compared with one, says nothing against a tool.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from latm_magic.comparison import agree
from latm_magic.task import to_value
from latm_magic.tools.refusals import has_no, refuses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latm_magic.models.model import Reply
    from latm_magic.task import AnswerKind

Verdict = Literal["agreed", "disputed", "unchecked"]

_NONE = re.compile(r"(?:none|neither|no|n/a|null|(?:no|none of) (?:the |these )*(?:tools?|them|these)?)", re.IGNORECASE)
_REJECTS = re.compile(r"\b(?:none of|no tool|neither|unknown)\b", re.IGNORECASE)
_LABEL = re.compile(r"(?:the )?(?:best |chosen |right |final )?(?:tool|answer|choice|name)(?: is)?\W+", re.IGNORECASE)
_CUT = frozenset({"content_filter", "length"})
"""Finish reasons of a reply that is not whole."""
_LONGEST_WITH_NOTE = 2_000
"""Characters of a line in which a note is looked for."""


def read_choice(text: str, names: Sequence[str]) -> str | None:
    """Return the chosen tool's name, or None for unknown; raises `ValueError` for a reply that is neither."""
    *before, last = [_alone(line, names) for line in text.splitlines() if line.strip()] or [""]
    if last.lower() == "unknown" or (last not in names and _NONE.fullmatch(last)):
        return None
    if last in names and not _speaks_against(last, before, names):
        return last
    words = set(re.findall(r"\w+", text))
    chosen = [name for name in names if name in words]
    if len(chosen) == 1 and not has_no(text):
        return chosen[0]
    if not chosen and has_no(text):
        return None
    raise ValueError(f"the dispatcher model's reply names no single tool: {text.strip()[:80]!r}")


def _alone(line: str, names: Sequence[str]) -> str:
    """Return the name that a line gives alone, or else the line as it is."""
    plain = undecorated(line)
    name = undecorated(_LABEL.sub("", plain, count=1)) if _LABEL.match(plain) else plain
    known = {*names, "unknown"}
    return next((each for each in (plain, name) if each in known), line if _NONE.fullmatch(plain) is None else plain)


def _speaks_against(last: str, before: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether what stands before a name takes it back, or gives another one."""
    if any(_REJECTS.search(line) or (line in names and line != last) for line in before):
        return True
    is_one_sentence = bool(before) and not before[-1].rstrip("*_ ").endswith((".", "!", "?"))
    return is_one_sentence and has_no(before[-1])


@dataclass(frozen=True, slots=True)
class Said:
    """What the strong model said."""

    text: str
    """Its answer, without decoration."""
    blocks: tuple[str, ...]
    """Its whole, and its first paragraph."""
    lines: tuple[str, ...]
    """Its first line, with and without a note behind."""
    is_marked: bool
    """It stood behind "Answer:", so it is the answer and not a thought."""


_MARK = re.compile(
    r"^[^\w\n]*(?:(?:so|thus|hence|therefore|and|the|my|final|correct|short|here is|here's),? ){0,4}"
    r"answer(?: is)?[*_` ]{0,6}[:\uff1a][*_]*",
    re.IGNORECASE | re.MULTILINE,
)
_MARK_INSIDE = re.compile(r"\banswer(?: is)?[*_` ]{0,6}[:\uff1a][*_]*", re.IGNORECASE)


_BOXED = re.compile(r"\\boxed\{[^{}]*(?:\{[^{}]*\}[^{}]*)?\}")


def read_direct(reply: Reply) -> Said | None:
    """Return the answer in a reply: what stands behind the last "Answer:", else the whole; None where there is none."""
    if reply.finish_reason in _CUT:
        return None
    behind = _behind_mark(reply.text)
    said = read_again(behind or reply.text, is_marked=bool(behind))
    return None if refuses(_MARK.sub("", said.text)) else said


def _behind_mark(text: str) -> str:
    """Return what stands behind the last "Answer:", or the last box; "" where there is neither."""
    at_start, anywhere = ([mark.end() for mark in pattern.finditer(text)] for pattern in (_MARK, _MARK_INSIDE))
    end = max([*at_start[-1:], *anywhere[-1:]], default=0)
    if at_start and "\n" not in text[at_start[-1] : end].strip():
        end = at_start[-1]  # what looks like a mark in the same line is part of the answer
    behind = text[end:] if end else ""
    if behind.strip("*_ \n"):
        return behind
    boxes = _BOXED.findall(text)
    return str(boxes[-1]) if boxes else ""


def read_again(text: str, *, is_marked: bool = True) -> Said:
    """Return an answer that was kept, or what stands behind a mark, as it can be read."""
    whole = undecorated(text)
    paragraphs = [undecorated(part) for part in re.split(r"\n\s*\n", text.strip())]
    first, last = (undecorated(line) for line in (text.strip().partition("\n")[0], text.strip().rpartition("\n")[2]))
    is_block = text.lstrip(" \t*_").startswith("\n") or text.lstrip().startswith("```")
    if not is_marked:
        return Said(whole, (whole, paragraphs[-1]), (*_without_note(first), *_without_note(last)), is_marked)
    blocks = (whole,) if text.lstrip().startswith("```") else (whole, paragraphs[0])
    return Said(blocks[-1] if is_block else first, blocks, tuple(_without_note(first)), is_marked)


def _without_note(line: str) -> Iterator[str]:
    yield line
    yield line.strip("*_ ")
    if len(line) > _LONGEST_WITH_NOTE:
        return
    for note in (r"\s+\([^()]*\)\W*\Z", r"(?:\s+[\u2013\u2014]|[,;] (?:since|as)| because)\s.*\Z"):
        if found := re.search(note, line):
            yield undecorated(line[: found.start()])
    if found := re.match(r"(?:the|it|this|so|these)\b.*?(?: is| are|:) ", line, re.IGNORECASE):
        yield undecorated(line[found.end() :])


def compare(said: Said, tool_text: str, kind: AnswerKind, *, in_lines: bool = False) -> Verdict:
    """Return whether an answer of the strong model agrees with a tool's, or says nothing about it.

    `in_lines`: answers of this tool may have several lines, so that a first line is no whole answer.
    """
    wanted = undecorated(tool_text)
    readings = said.blocks if in_lines else (*said.blocks, *said.lines)
    if any(agree(text, tool_text, kind) or agree(text, wanted, kind) for text in readings):
        return "agreed"
    if any(agree(number, wanted, kind) for text in readings for number in _as_number(text, kind)):
        return "agreed"
    is_alone = said.is_marked or (kind != "text" and len(said.blocks[0].split()) == 1)
    return "disputed" if is_alone and not refuses(said.text) and _is_of_kind(said.text, kind) else "unchecked"


def _as_number(text: str, kind: AnswerKind) -> Iterator[str]:
    """Return the number that a text may mean: "3.0" and "3 words" the whole number 3, "1,234" one of four digits."""
    if kind == "int":
        yield re.sub(r"\.0+\Z", "", text)
        if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+", text):
            yield text.replace(",", "")
    if kind in {"int", "float"} and (found := re.fullmatch(r"([-+]?\d+(?:\.\d+)?)\s+[^\W\d][^\d]*", text)):
        yield re.sub(r"\.0+\Z", "", found[1]) if kind == "int" else found[1]


def _is_of_kind(text: str, kind: AnswerKind) -> bool:
    try:
        to_value(re.sub(r"\.0+\Z", "", text) if kind == "int" else text, kind)
    except ValueError:
        return False
    return True


_WRAPPED = (
    re.compile(r"```[^\n`]*\n(?P<in>.*?)\n?```\Z", re.DOTALL),
    re.compile(
        r"(?!__\w+__\Z)(?P<mark>\*{1,3}|_{1,3}|`{1,2}|\${1,2}|~~|[\"'])(?P<in>(?:(?!(?P=mark))[^\n])+)(?P=mark)\Z"
    ),
    re.compile(r"(?:\u201c(?P<in>[^\n]*)\u201d|\u2018(?P<single>[^\n]*)\u2019|\u00ab(?P<angle>[^\n]*)\u00bb)\Z"),
    re.compile(r"\\\((?P<in>[^\n]*)\\\)\Z|\\\[(?P<block>.*)\\\]\Z", re.DOTALL),
    re.compile(r"\\(?:boxed|fbox|text|textbf|mathrm|mathbf)\{(?P<in>[^\n]*)\}\Z"),
)
_MOST_WRAPPED = 8


def undecorated(text: str) -> str:
    """Return an answer without the markdown, quotes and TeX around it, and without a final full stop."""
    for _ in range(_MOST_WRAPPED):
        before, text = text, text.strip()
        for pattern in _WRAPPED:
            if (found := pattern.match(text)) and (inner := next(filter(None, _insides(found)), "").strip()):
                text = inner
        text = _without_stars(text)
        if text.endswith(".") and "." not in text[:-1].rpartition(" ")[2]:
            text = text[:-1] or text
        if text == before:
            break
    return text


def _insides(found: re.Match[str]) -> Iterator[str | None]:
    return (inner for name, inner in found.groupdict().items() if name != "mark")


def _without_stars(text: str) -> str:
    """Return a text without one half of the bold around a whole line: of "**Answer: 4**" the mark took the other."""
    if text.count("**") == 1:
        return text.removeprefix("**").removesuffix("**").strip() or text
    return text
