"""When two answers agree, and in which form a tool that is called by snippet gives them.

Truth is judged here, in the parent: a known answer never enters the sandbox.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from latm_magic.task import to_value
from latm_magic.verification import AnswerForm, Glue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latm_magic.task import AnswerKind

_MAX_FITTED_CHARACTERS = 1_000
_MAX_FITTED_PARTS = 200
_TRIED = 4
"""Samples that a form is looked for in; it has to fit all samples."""
_LEAST_EVIDENCE = 2
"""Different answers that a form has to bring about; one could be chance."""


def agree(wanted: str, got: str, kind: AnswerKind) -> bool:
    """Return whether `got` is the answer that was wanted.

    Text has to be the same letter by letter, white space around it aside; numbers and bools have to be the same value
    (floats to nine digits, since the examples were once printed).
    """
    if kind == "text":
        return _plain(wanted) == _plain(got)
    try:
        left, right = to_value(wanted, kind), to_value(got, kind)
    except ValueError:
        return False
    if isinstance(left, float) and isinstance(right, float):
        return (math.isnan(left) and math.isnan(right)) or math.isclose(left, right, rel_tol=1e-9)
    return left == right


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def fit_form(samples: Sequence[tuple[Any, str]]) -> AnswerForm:
    """Return the form in which the results of solved samples, (result, known answer), become their answers.

    A form adds punctuation and blanks alone, the same ones everywhere: each letter and digit of an answer has to be in
    the result, so that no wrong result comes out right. Where none fits all samples of a shape, results stay as they
    are.
    """
    lists = [(value, wanted) for value, wanted in samples if isinstance(value, list | tuple)]
    texts = [(value, wanted) for value, wanted in samples if value is not None and not isinstance(value, list | tuple)]
    text = next((glue for glue in _candidates(texts) if _fits(AnswerForm(text=glue), texts)), Glue())
    items = next((glue for glue in _candidates(lists) if _fits(AnswerForm(items=glue), lists)), None)
    return AnswerForm(text, items)


def _candidates(samples: Sequence[tuple[Any, str]]) -> Iterator[Glue]:
    for value, wanted in [sample for sample in samples if not _same(str(sample[0]), sample[1])][:_TRIED]:
        if isinstance(value, list | tuple):
            yield from _glues([str(item) for item in value], _plain(wanted))
        else:
            yield from _glues([str(value)], _plain(wanted))
            yield from _glues(str(value), _plain(wanted))


def _glues(parts: Sequence[str], wanted: str) -> Iterator[Glue]:
    """Return what stands before, between (always the same) and after the parts of an answer, if nothing else does."""
    if not 0 < len(parts) <= _MAX_FITTED_PARTS or len(wanted) > _MAX_FITTED_CHARACTERS:
        return
    first, *others = map(re.escape, parts)
    between = rf"(?P<between>[\W_]*?){'(?P=between)'.join(others)}" if others else "(?P<between>)"
    pattern = rf"(?P<before>[\W_]*?){first}{between}(?P<after>[\W_]*)"
    if found := re.fullmatch(pattern, wanted):
        yield Glue(found["before"], found["between"], found["after"])


def _fits(form: AnswerForm, samples: Sequence[tuple[Any, str]]) -> bool:
    shaped = [wanted for value, wanted in samples if isinstance(value, list | tuple) or not _same(str(value), wanted)]
    is_borne_out = len({*shaped}) >= _LEAST_EVIDENCE
    return is_borne_out and all(_same(answer_text(value, form), wanted) for value, wanted in samples)


def _same(got: str, wanted: str) -> bool:
    return _plain(got) == _plain(wanted)


_PLAIN = AnswerForm()


def answer_text(value: Any, form: AnswerForm = _PLAIN) -> str:
    """Return the text of a result, in the form that the tool's samples showed; raises `ValueError` for None."""
    if value is None:
        raise ValueError("the function gave None, which is no answer")
    if form.items is not None and isinstance(value, list | tuple):
        return _glued([str(item) for item in value], form.items)
    text = value if isinstance(value, str) else str(value)
    return text if form.text == _PLAIN.text or _is_glued(text, form.text) else _glued(text, form.text)


def text_or_none(value: Any, form: AnswerForm = _PLAIN) -> str | None:
    """Return the text of an answer; None where the result can be none."""
    try:
        return answer_text(value, form)
    except ValueError:
        return None


def _glued(parts: Sequence[str], glue: Glue) -> str:
    return glue.before + glue.between.join(parts) + glue.after


def _is_glued(text: str, glue: Glue) -> bool:
    """Return whether a text has the form already: light models write "(E)" as well as "E"."""
    if not (text.startswith(glue.before) and text.endswith(glue.after)):
        return False
    inner = text[len(glue.before) : len(text) - len(glue.after)]
    return not glue.between or all(len(part) == 1 for part in inner.split(glue.between))
