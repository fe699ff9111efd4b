"""Reading the text of a cell: a description and examples, or questions.

Text comes through unchanged: nothing here formats, unindents or strips inside a question.
"""

from __future__ import annotations

import re

from latm_magic.errors import TaskError
from latm_magic.examples import Examples, infer_kind
from latm_magic.task import Instance
from latm_magic.text import quoted

_INLINE = re.compile(r"(.*)\s=>(?:\s(.*))?$", re.DOTALL)


def read_cell(body: str) -> tuple[str, Examples]:
    """Return the description and the examples in the body of a `%%latm` cell.

    Blocks are split by lines that are exactly `---`; the first is the description. Raises `TaskError`.
    """
    if not body.strip():
        raise TaskError("The cell is empty: write what the task is, then '---', then solved examples.")
    first, *blocks = _split_blocks(body)
    samples = tuple(sample for number, block in enumerate(blocks, 1) for sample in _read_block(block, number))
    return _unescape(first), Examples(samples, infer_kind([sample.answer or "" for sample in samples]))


def read_questions(body: str, *, lines: bool = False) -> list[str]:
    """Return the questions in the body of a `%%latm_solve` cell: blocks split by `---`, or with `lines` one a line.

    Raises `TaskError` where there are none.
    """
    parts = [line for line in body.split("\n") if line.strip()] if lines else _split_blocks(body)
    questions = [_unescape(part) for part in parts if part.strip()]
    if not questions:
        raise TaskError("The cell is empty: write one question, or several with '---' lines between them.")
    return questions


def _split_blocks(body: str) -> list[str]:
    """Return the blocks between lines that are exactly `---`, without the blank lines around each."""
    blocks: list[list[str]] = [[]]
    for line in body.split("\n"):
        if line.removesuffix("\r") == "---":
            blocks.append([])
        else:
            blocks[-1].append(line)
    return [_trim(block) for block in blocks]


def _trim(lines: list[str]) -> str:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return "\n".join(lines[start:end])


def _unescape(text: str) -> str:
    return re.sub(r"^\\(?=---|=>)", "", text, flags=re.MULTILINE)


def _read_block(block: str, number: int) -> list[Instance]:
    lines = block.split("\n")
    starts = [index for index, line in enumerate(lines) if line.startswith("=>")]
    if starts:
        question, answer = lines[: starts[0]], lines[starts[0] :]
        answer[0] = answer[0].removeprefix("=>").removeprefix(" ")
        return [Instance(_unescape(_trim(question)), _unescape(_trim(answer)))]
    return [_read_line(line, number) for line in lines if line.strip()]


def _read_line(line: str, number: int) -> Instance:
    match = _INLINE.fullmatch(line)
    if match is None:
        raise TaskError(
            f"Example {number} has no answer: {quoted(line)}. Give it in a line that starts with '=>',"
            " or write 'question => answer' in one line."
        )
    return Instance(_unescape(match[1].rstrip()), (match[2] or "").strip())
