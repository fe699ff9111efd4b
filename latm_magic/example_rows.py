"""From pairs of question and answer to samples, with the kind that all answers have.

What holds the pairs (Python, tables, files, cells) is read elsewhere, and which samples contradict each other is left
to `task.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from latm_magic.errors import TaskError
from latm_magic.task import REFUSE, AnswerKind, Expects, Instance
from latm_magic.text import bare, quoted

COLUMNS = (("question", "answer"), ("input", "target"))
"""What the columns of a table, and the keys of a row, are called."""

_MARKS: dict[str, Expects] = {"!none": "missing", "!refuse": "refusal"}
_NEARLY = {"!none", "!na", "!nan", "!null", "!missing", "!refuse", "!refused", "!refusal", "!reject", "!refuse?"}
"""What is meant as a mark, in any letters."""
UNDECIDED = "!refuse?"
"""In place of an answer in a cell: a suggestion that nobody has decided on, which is left out."""
_TEXT = re.compile(r"\\+!")
"""A backslash before what would be a mark."""
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?")


class Examples(NamedTuple):
    """Samples that were read, with the kind of their answers."""

    samples: tuple[Instance, ...]
    kind: AnswerKind = "text"


def read_rows(rows: Iterable[Any], na: str | None = None) -> Examples:
    """Return the samples in rows whose answers have types: pairs, mappings, `Instance`s. Raises `TaskError`.

    None, NaN and NA say that there is no answer, `REFUSE` that the question is to be refused; texts that are `na` say
    the former too, and where such a word stood among texts, these are told by their looks.
    """
    pairs = [_pair(row, number, na) for number, row in enumerate(rows, 1)]
    answers = [answer for _, answer in pairs if not isinstance(answer, Instance)]
    is_text = na is not None and len(answers) < len(pairs) and all(isinstance(answer, str) for answer in answers)
    kind = infer_kind(answers) if is_text else _kind_of(answers)
    _check_word(na, pairs)
    return Examples(tuple(_sample(q, a, kind, number) for number, (q, a) in enumerate(pairs, 1)), kind)


def read_texts(pairs: Iterable[tuple[str, str]], na: str | None = None) -> Examples:
    """Return the samples in pairs of texts, as cells and .csv files have them; numbers are told by their looks.

    In place of an answer, `!none` or the word `na` says that there is none, `!refuse` that the question is to be
    refused. Raises `TaskError`.
    """
    read = [(question, _marked(question, answer, number, na)) for number, (question, answer) in enumerate(pairs, 1)]
    kind = infer_kind([answer for _, answer in read if isinstance(answer, str)])
    _check_word(na, read)
    return Examples(tuple(_sample(q, a, kind, number) for number, (q, a) in enumerate(read, 1)), kind)


def read_label(question: str, answer: str, number: int) -> Any:
    """Return what the text of an answer says, as `Session.correct` takes it: text, None (!none), or `REFUSE` (!refuse).

    Raises `TaskError` for what looks like a mark and is none.
    """
    said = _marked(question, answer, number, None)
    return said if isinstance(said, str) else {"missing": None, "refusal": REFUSE}[said.expects]


def label_text(answer: Any) -> str:
    """Return the text that `read_label` reads as `answer`."""
    if answer is None or answer is REFUSE:
        return "!none" if answer is None else "!refuse"
    is_mark = bare(answer).casefold() in _NEARLY or _TEXT.match(bare(answer))
    return f"\\{answer.lstrip()}" if is_mark else str(answer)


def _marked(question: str, answer: str, number: int, na: str | None) -> str | Instance:
    plain = bare(answer)
    if plain in _MARKS or (na is not None and plain == bare(na)):
        return Instance(question, expects=_MARKS.get(plain, "missing"))
    if plain.casefold() in _NEARLY:
        raise TaskError(
            f"The answer of example {number} is {quoted(plain)}: write !none where there is no answer, !refuse where"
            " the question is to be refused, or a backslash before it where it is text."
        )
    return answer.replace("\\", "", 1) if _TEXT.match(plain) else answer


def _check_word(na: str | None, pairs: list[tuple[str, Any]]) -> None:
    """Raise `TaskError` where the word for no answer stands nowhere as it was given, and somewhere in other letters."""
    if na is None or any(isinstance(answer, Instance) for _, answer in pairs):
        return
    for number, (_, answer) in enumerate(pairs, 1):
        if isinstance(answer, str) and bare(answer).casefold() == bare(na).casefold():
            raise TaskError(
                f"Example {number} has the answer {quoted(answer)}, and na is {na!r}: write it as it stands."
            )


def _sample(question: str, answer: Any, kind: AnswerKind, number: int) -> Instance:
    return answer if isinstance(answer, Instance) else Instance(question, _text(answer, kind, number))


def infer_kind(texts: list[str]) -> AnswerKind:
    """Return the kind of answers that came as text alone, as a table reader would: all alike, or text.

    Whole numbers among decimals are decimals.
    """
    plain = [bare(text) for text in texts]
    if plain and all(text in {"True", "False"} for text in plain):
        return "bool"
    if plain and all(map(_WHOLE.fullmatch, plain)):
        return "int"
    return "float" if plain and all(map(_DECIMAL.fullmatch, plain)) else "text"


def told_of_none(samples: Sequence[Instance]) -> str:
    """Return in a sentence how many samples have no answer; "" where all have one."""
    none = sum(sample.expects == "missing" for sample in samples)
    return f"{none} of {len(samples)} examples have no answer: the tool gives None for such questions." if none else ""


def told_of_word(samples: Sequence[Instance], kind: AnswerKind) -> str:
    """Return in a sentence which word among numbers may stand for no answer, so that all count as text; "" for none."""
    texts = [sample.answer for sample in samples if sample.answer is not None]
    words = {bare(text) for text in texts if infer_kind([text]) == "text"} if kind == "text" else set()
    if len(words) != 1 or 2 * sum(infer_kind([text]) != "text" for text in texts) < len(texts):
        return ""
    word = words.pop()
    return (
        f"All answers but {quoted(word)} are numbers, and count as text beside it. If it means that there is no answer,"
        f" say --na {word if word.isalnum() else repr(word)} (na={word!r})."
    )


def _pair(row: Any, number: int, na: str | None) -> tuple[str, Any]:
    """Return a question with its answer, or with the sample that says what stands in place of one."""
    question, answer = _raw_pair(row, number)
    answer = answer.item() if hasattr(answer, "item") and hasattr(answer, "dtype") else answer
    if not isinstance(question, str):
        raise TaskError(f"The question of example {number} is a {type(question).__name__}, not text: give a str.")
    if isinstance(answer, Instance):
        return question, answer
    if answer is REFUSE:
        return question, Instance(question, expects="refusal")
    if is_missing(answer) or (na is not None and isinstance(answer, str) and bare(answer) == bare(na)):
        return question, Instance(question, expects="missing")
    if not isinstance(answer, (str, int, float, Decimal)):
        raise TaskError(
            f"The answer of example {number} is a {type(answer).__name__}: give text, a number or a bool, for example"
            " by str(...)."
        )
    return question, answer


def is_missing(value: Any) -> bool:
    """Return whether a value says that there is none: None, NaN of any kind, pandas' NA and NaT."""
    if isinstance(value, Decimal):
        return value.is_nan()
    is_nan = isinstance(value, float) and value != value  # noqa: PLR0124
    return value is None or is_nan or type(value).__name__ in {"NAType", "NaTType"}


def _raw_pair(row: Any, number: int) -> tuple[Any, Any]:
    if isinstance(row, Instance):
        return row.question, row if row.answer is None else row.answer
    if isinstance(row, Mapping):
        for question, answer in COLUMNS:
            if question in row:
                return row[question], _answer_in(row, answer, number)
        raise TaskError(f"Example {number} has the keys {sorted(map(str, row))}: it needs 'question' and 'answer'.")
    if isinstance(row, Sequence) and not isinstance(row, (str, bytes)):
        if len(row) == 2:  # noqa: PLR2004
            return row[0], row[1]
        raise TaskError(f"Example {number} has {len(row)} parts: give pairs of question and answer.")
    raise TaskError(f"Example {number} is a {type(row).__name__}: give a pair or a dict with question and answer.")


def _answer_in(row: Mapping[Any, Any], name: str, number: int) -> Any:
    """Return the answer in a mapping, which may say under "expects" what stands in place of one."""
    expects = row.get("expects", "answer")
    if expects in {"missing", "refusal"} and is_missing(row.get(name)):
        return REFUSE if expects == "refusal" else None
    if expects != "answer":
        raise TaskError(
            f"Example {number} expects {quoted(str(expects))}: leave it out, or say 'missing' or 'refusal'"
            " and leave the answer out."
        )
    if name not in row:
        raise TaskError(f"Example {number} has no {name!r}: give one, or None where there is no answer.")
    return row[name]


def _kind_of(answers: list[Any]) -> AnswerKind:
    kinds = {type(answer) for answer in answers}
    if kinds == {bool}:
        return "bool"
    if kinds == {int}:
        return "int"
    return "float" if kinds and kinds <= {int, float, Decimal} else "text"


def _text(answer: Any, kind: AnswerKind, number: int) -> str:
    if isinstance(answer, (str, Decimal)):
        return bare(answer) if isinstance(answer, str) and kind != "text" else str(answer)
    try:
        return repr(float(answer)) if kind == "float" else str(answer)
    except (OverflowError, ValueError):
        what = "float" if kind == "float" else "decimal number"
        raise TaskError(f"The answer of example {number} is too large to be written as a {what}: give text.") from None
