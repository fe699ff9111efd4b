"""How much of long examples goes to a maker: which are shown, and what of each is left out, so that a request fits.

A text is cut in its middle, and a mark that no text of the request holds stands there. What fits stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from latm_magic.errors import TaskError
from latm_magic.making.column import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.task import Instance, Task

MOST_TOKENS = 20_000
"""That the solved examples of one request take, and its description at most."""
_LEAST_TOKENS = 250
"""Of a text that is cut: less of it says nothing, and fewer examples are shown instead."""


class Fitted(NamedTuple):
    """Texts as they stand in a request."""

    pairs: tuple[tuple[str, str], ...]
    """The first of those that were given, or all."""
    mark: str = ""
    """What the line begins with that stands in place of each middle; "" where none is left out."""
    cut: int = 0
    """How many texts have no middle."""


def shorter_first(task: Task) -> Task:
    """Return the task with other demonstrations where its own do not fit into a request.

    Those are the first samples that are short enough, then the shortest; all other samples keep their order.
    """
    number, samples = len(task.demonstrations), task.samples
    if sum(map(size, task.demonstrations)) <= MOST_TOKENS:
        return task
    share = MOST_TOKENS // number
    chosen = sorted(range(len(samples)), key=lambda place: max(share, size(samples[place])))[:number]
    order = [*sorted(chosen), *(place for place in range(len(samples)) if place not in chosen)]
    return replace(task, samples=tuple(samples[place] for place in order))


def size(sample: Instance) -> int:
    """Return about how many tokens a sample takes in a request."""
    return tokens(sample.question) + tokens(sample.answer or "")


def fit_samples(samples: Sequence[Instance], beside: Sequence[str] = ()) -> tuple[tuple[Instance, ...], Fitted]:
    """Return as many of the samples as fit into a request, cut where they must be, and what was done to their texts."""
    fitted = fit([(sample.question, sample.answer or "") for sample in samples], beside)
    shown = zip(samples, fitted.pairs, strict=False)
    return tuple(replace(s, question=q, answer=a or s.answer) for s, (q, a) in shown), fitted


def fit(pairs: Sequence[tuple[str, str]], beside: Sequence[str] = (), most: int = MOST_TOKENS) -> Fitted:
    """Return pairs of texts that take `most` tokens together: the longest texts are cut, the last pairs left out.

    `beside` are the other texts of the request, which hold no mark of ours either.
    """
    sizes: list[tuple[int, int]] = []
    least = 0
    for one, other in pairs:
        own = tokens(one), tokens(other)
        least += sum(min(each, _LEAST_TOKENS) for each in own)
        if least > most and sizes:
            break
        sizes.append(own)
    level = _level([each for own in sizes for each in own], most)
    kept = tuple(pairs[: len(sizes)])
    cut = sum(each > level for own in sizes for each in own)
    if not cut:
        return Fitted(kept)
    mark = unused_mark([*beside, *(text for pair in kept for text in pair)])
    return Fitted(tuple((cut_text(one, level, mark), cut_text(other, level, mark)) for one, other in kept), mark, cut)


def check_description(task: Task) -> str:
    """Return the description as it stands in a request; raises `TaskError` where no request has room for it."""
    text = task.description.strip()
    if (taken := tokens(text)) > MOST_TOKENS:
        raise TaskError(
            f"The description of {task.name!r} takes about {taken:,} tokens, and a request has room for"
            f" {MOST_TOKENS:,}: say in fewer words what the task is, and let examples show the rest."
        )
    return text


def described(name: str, samples: Sequence[Instance]) -> str:
    """Say what of the examples goes into a request, and about how many tokens that is; "" where all goes as it is."""
    shown, fitted = fit_samples(samples)
    if not fitted.mark and len(shown) == len(samples):
        return ""
    left_out = f" and {len(samples) - len(shown):,} are left out" if len(shown) < len(samples) else ""
    return (
        f"{name}: the examples that the maker is to see take about {sum(map(size, samples)):,} tokens, and a request"
        f" has room for {MOST_TOKENS:,}: {fitted.cut:,} of their texts are cut in the middle{left_out}, so that about"
        f" {sum(map(size, shown)):,} tokens go out. Shorter examples teach more."
    )


def _level(sizes: Sequence[int], most: int) -> int:
    """Return the size that the larger ones are brought down to, so that all take `most` together."""
    left = most
    for place, own in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if own > share:
            return share
        left -= own
    return most


def cut_text(text: str, most: int, mark: str) -> str:
    """Return a text of at most about `most` tokens: a longer one has a line that begins with `mark` for its middle."""
    if tokens(text) <= most:
        return text
    data = text.encode("utf-8", "surrogatepass")
    half = max(0, 2 * (most - tokens(mark) - 16))
    start, end = data[:half].decode("utf-8", "ignore"), data[len(data) - half :].decode("utf-8", "ignore")
    return f"{start}\n{mark} {len(text) - len(start) - len(end):,} characters left out here]]\n{end}"


def unused_mark(texts: Sequence[str]) -> str:
    """Return what the line of a cut begins with: none of the texts holds it."""
    marks = (f"[[CUT {number}:" for number in count(1))
    return next(mark for mark in marks if not any(mark in text for text in texts))


def explained(mark: str) -> str:
    """Say in a request what the mark means."""
    return (
        f"Some texts are too long to be shown whole. A line that begins with {mark} is no part of a text: there its"
        " middle is left out. The module gets every question whole."
    )
