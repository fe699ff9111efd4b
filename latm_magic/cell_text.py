"""Reading the text of a cell: a description and examples, or questions.

Text comes through unchanged, its line ends aside: nothing here formats, unindents or strips inside a question. A line
that looks like a mark and is none is an error that names it: as text it would glue two samples together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from latm_magic.errors import TaskError
from latm_magic.example_rows import UNDECIDED, label_text, read_label, read_texts
from latm_magic.text import UNSEEN, bare, quoted, with_line_feeds

if TYPE_CHECKING:
    from latm_magic.example_rows import Examples

_DASHES = r"\-\u2010-\u2015\u2212\u2e3a\u2e3b\u30fc\ufe58\ufe63\uff0d"
_RULE = re.compile(rf"(?!-\Z)[{_DASHES}](?:\s*[{_DASHES}])*")
_WIDE_ARROW = r"[=＝]＞|＝>"  # noqa: RUF001  what people type where full-width letters are on
_ARROWS = re.compile(rf"(?:^|[\s{UNSEEN}])({_WIDE_ARROW}|={{2,}}>|-+>|[→⇒⟶⟹➔➜])(?=[\s{UNSEEN}]|$)")
_INLINE = re.compile(rf"(.*)[\s{UNSEEN}]=>(?:[\s{UNSEEN}](.*))?$", re.DOTALL)
_HEADING = re.compile(r"(?:\w+ )?examples(?: and \w+)? ?[:：]", re.IGNORECASE)  # noqa: RUF001
_MARKS = rf"---|=>|{_WIDE_ARROW}|{_RULE.pattern}[\s{UNSEEN}]*$|{_HEADING.pattern}"
_ESCAPED = re.compile(rf"^([\s{UNSEEN}]*)\\(?=\\*(?:{_MARKS}))", re.IGNORECASE)
_ESCAPE = re.compile(rf"^([\s{UNSEEN}]*)(?=\\*(?:{_MARKS}))", re.IGNORECASE)


class _Line(NamedTuple):
    number: int
    """As the notebook counts: the magic's own line is the first."""
    text: str


def read_cell(body: str, na: str | None = None, *, needs_examples: bool = True) -> tuple[str, Examples]:
    """Return the description and the examples in the body of a `%%latm` cell; the answer `na` says that there is none.

    Blocks are split by `---` lines; the first is the description. An example whose answer is `!refuse?` is not decided
    yet, and left out. Raises `TaskError`, which names the line. With `needs_examples`, so are lines that look like
    examples in a cell without any.
    """
    if not bare(body):
        raise TaskError("The cell is empty: write what the task is, then '---', then solved examples.")
    first, *blocks = _split_blocks(body)
    if needs_examples and not blocks:
        _refuse_examples(first)
    return _text(first), read_texts(_decided(blocks), na)


def read_pairs(body: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the description and the pairs of texts around "=>" in the body of a cell; raises `TaskError`."""
    first, *blocks = _split_blocks(body)
    return _text(first), _decided(blocks)


def read_labels(body: str) -> dict[str, Any]:
    """Return the answers by question in a cell that holds nothing else; a question without one is left out.

    `!none` is None, `!refuse` is `REFUSE`. Raises `TaskError`, which names the line, and where no answer is given.
    """
    pairs = _decided(_split_blocks(body))
    labels = {q: read_label(q, answer, number) for number, (q, answer) in enumerate(pairs, 1) if bare(answer)}
    if not labels:
        raise TaskError("The cell holds no answer: write each behind its '=>', or leave the cell out.")
    return labels


def read_questions(body: str, *, lines: bool = False) -> list[str]:
    """Return the questions in the body of a `%%latm_solve` cell: blocks split by `---`, or with `lines` one a line.

    Raises `TaskError` where there are none, or where a line looks like a separator and is none.
    """
    blocks = _split_blocks(body)
    if lines and len(blocks) > 1:
        raise TaskError("With --lines each line is a question: leave the '---' lines out, or leave out --lines.")
    parts = [[line] for line in blocks[0]] if lines else blocks
    questions = [_text(part) for part in parts if any(bare(line.text) for line in part)]
    if not questions:
        raise TaskError("The cell is empty: write one question, or several with '---' lines between them.")
    return questions


def lines_hint(body: str, rows: int) -> str:
    """Return how each line of a `%%latm_solve` cell of so many rows becomes a question, where all of them were one."""
    number = sum(1 for line in with_line_feeds(body).split("\n") if bare(line))
    if rows != 1 or number < 2:  # noqa: PLR2004
        return ""
    return (
        f"The cell's {number} lines were one question: --lines makes each line one, and so do '---' lines between them."
    )


def escaped(text: str) -> str:
    """Return text as it stands in a cell: with a backslash before what would else be a mark."""
    return "\n".join(_ESCAPE.sub(r"\1\\", line) for line in text.split("\n"))


def label_block(question: str, answer: Any = "") -> str:
    """Return a question and its answer as `read_labels` reads them; "" leaves room for the answer."""
    return f"{escaped(question)}\n=> {escaped(label_text(answer))}".rstrip(" ")


def suggestion_block(question: str) -> str:
    """Return a question that may have to be refused, which counts for nothing until its answer is written."""
    return f"{escaped(question)}\n=> {UNDECIDED}"


def _refuse_examples(description: list[_Line]) -> None:
    """Raise `TaskError` where a description holds the examples, because no `---` stands above them."""
    arrows = [line for line in description if _INLINE.fullmatch(line.text) or _ARROWS.search(line.text)]
    arrows += [line for line in description if bare(line.text).startswith("=>")]
    if arrows:
        first = min(arrows)
        above = "write what the task is, then '---'," if first.number == 2 else "write a line of '---'"  # noqa: PLR2004
        raise TaskError(
            f"Line {first.number} looks like an example, {quoted(bare(first.text))}, and no '---' stands above it:"
            f" {above} above the first example."
        )


def _decided(blocks: list[list[_Line]]) -> list[tuple[str, str]]:
    return [pair for block in blocks for pair in _read_block(block) if bare(pair[1]) != UNDECIDED]


def _split_blocks(body: str) -> list[list[_Line]]:
    """Return the lines between the `---` lines, without the blank lines around each block."""
    blocks: list[list[_Line]] = [[]]
    for number, text in enumerate(with_line_feeds(body).removeprefix("\ufeff").split("\n"), 2):
        if bare(text) == "---":
            blocks.append([])
        elif _RULE.fullmatch(bare(text)):
            raise TaskError(
                f"Line {number} is {quoted(bare(text))}, which splits nothing: write '---' there, or a backslash before"
                " it where it is text."
            )
        else:
            blocks[-1].append(_Line(number, text))
    return [_trim(block) for block in blocks]


def _trim(lines: list[_Line]) -> list[_Line]:
    seen = [place for place, line in enumerate(lines) if bare(line.text)]
    return lines[seen[0] : seen[-1] + 1] if seen else []


def _text(lines: list[_Line]) -> str:
    return "\n".join(_ESCAPED.sub(r"\1", line.text) for line in lines)


def _read_block(block: list[_Line]) -> list[tuple[str, str]]:
    if block and len(block) > 1 and _HEADING.fullmatch(" ".join(bare(block[0].text).split())):
        raise TaskError(
            f"Line {block[0].number} is {quoted(bare(block[0].text))}, which would be part of a question: leave it out,"
            " or write a backslash before it."
        )
    starts = [place for place, line in enumerate(block) if bare(line.text).startswith("=>")]
    if not starts:
        return [_read_line(line) for line in block if bare(line.text)]
    for place in starts[1:]:
        raise TaskError(
            f"Line {block[place].number} is a second answer to one question: write '---' between two examples, or"
            " '\\=>' where the arrow is text."
        )
    place = starts[0]
    opening = bare(block[place].text, at_end=False).removeprefix("=>").removeprefix(" ")
    question, answer = block[:place], [block[place]._replace(text=opening), *block[place + 1 :]]
    return [(_text(_trim(question)), _text(_trim(answer)))]


def _read_line(line: _Line) -> tuple[str, str]:
    match = _INLINE.fullmatch(line.text)
    if match is None:
        other = _ARROWS.search(line.text)
        hint = f" It has {other[1]!r} where '=>' belongs." if other else ""
        raise TaskError(
            f"Line {line.number} has no answer: {quoted(line.text)}.{hint} Write 'question => answer' in one line, or"
            " the answer in a line of its own that starts with '=>'."
        )
    question, answer = match[1].rstrip(), (match[2] or "").strip()
    return _text([line._replace(text=question)]), _text([line._replace(text=answer)])
