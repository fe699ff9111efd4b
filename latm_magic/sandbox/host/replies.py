"""What a worker says, turned into records. Nothing in it is trusted: other types or lengths than agreed end the worker.

It does NOT decide what follows from a damaged reply (`lane` and `pool` do). What writes them is `worker/loop.py`.
"""

from __future__ import annotations

import re
import secrets
from array import array
from typing import Any, NamedTuple, get_args

from latm_magic.sandbox.host.channel import WorkerLost
from latm_magic.sandbox.records import (
    Check,
    Finding,
    FunctionSignature,
    GuestError,
    ParameterKind,
    Run,
    RunOutcome,
    SignatureParameter,
    Stage,
)
from latm_magic.sandbox.wire.columns import CODE, PLAIN, unpack
from latm_magic.sandbox.wire.decode import decode
from latm_magic.sandbox.wire.encode import WireError, clean

_FAILURES = frozenset(get_args(RunOutcome)) - {"returned"}
_STAGES = frozenset(get_args(Stage))
_KINDS = frozenset(get_args(ParameterKind))
_MOST_SECONDS = 10**6
_MOST_NUMBER = 10**12
_NO_NAME = re.compile(r"[^\w.]+")


def new_ticket() -> str:
    """Return what a reply has to carry to count as the answer to one request."""
    return secrets.token_hex(8)


def read_reply(content: bytes, ticket: str) -> tuple[str, Any]:
    """Return the verb and the content of the answer to `ticket`; raises WorkerLost."""
    try:
        reply = decode(content)
    except WireError as error:
        raise WorkerLost(str(error), reason="damaged") from None
    if type(reply) is not list or len(reply) != 3 or reply[0] != ticket or type(reply[1]) is not str:  # noqa: PLR2004
        raise _damaged()
    return reply[1], reply[2]


class Finished(NamedTuple):
    """What a worker said of the first rows of a request, as columns."""

    values: list[Any]
    """Plain values as they came; None where `others` has the row, or its value was None."""
    seconds: array[float]
    branches: list[tuple[int, ...]] | None
    """The branches that each row tells; None where none does."""
    others: dict[int, Run]
    """By position: rows that failed, or kept their arguments."""
    is_hopeless: bool
    """The one row failed before any function could be called: so will every row of its plan."""

    @property
    def has_spent_memory(self) -> bool:
        """Whether a row ended for want of memory."""
        return any(run.outcome == "memory" for run in self.others.values())


def read_finished(content: bytes, ticket: str, waiting: int, stage: Stage, branches: int) -> Finished:
    """Return the outcomes of some of `waiting` rows; raises WorkerLost.

    `stage` is the last step of the rows' plan, `branches` how many the source has.
    """
    try:
        reply = unpack(content, waiting)
        found, verb, seconds, values, codes, more = _sized(reply, 6)
        if found != ticket or verb not in _ROW_VERBS or type(more) is not str or not 0 < len(_sized(values)) <= waiting:
            raise _damaged()
        times = _times(seconds, len(values))
        if not PLAIN.issuperset(map(type, values)):
            raise _damaged()
        table, rows = _sized(decode(more), 2) if more else ([], [])
    except WireError as error:
        raise WorkerLost(str(error), reason="damaged") from None
    went = _coded(codes, [_branches(each, branches) for each in _sized(table)], len(values))
    others = {}
    for each in _sized(rows):
        place, run = _other(each, values, times, went, stage)
        if run is not None:
            others[place] = run
    if verb == "hopeless" and (len(values) != 1 or 0 not in others or others[0].returned):
        raise _damaged()
    return Finished(values, times, went, others, verb == "hopeless")


_ROW_VERBS = ("rows", "hopeless")


def _times(content: Any, count: int) -> array[float]:
    """Return the seconds of rows: as many as there are rows, each a plain number."""
    if type(content) is not bytes or len(content) != 8 * count:
        raise _damaged()
    times = array("d", content)
    # A sum tells of what is no number, which would pass the other two.
    if not (min(times) >= 0 and max(times) < _MOST_SECONDS and sum(times) >= 0):
        raise _damaged()
    return times


def _coded(content: Any, table: list[tuple[int, ...]], count: int) -> list[tuple[int, ...]] | None:
    """Return the branches of each row, which name them by their place in the table."""
    if type(content) is not bytes or len(content) not in {0, array(CODE).itemsize * count}:
        raise _damaged()
    codes = array(CODE, content)
    if not codes:
        return None
    if max(codes) > len(table):
        raise _damaged()
    known = [(), *table]
    return [known[code] for code in codes]


def _other(
    content: Any, values: list[Any], times: array[float], went: list[tuple[int, ...]] | None, stage: Stage
) -> tuple[int, Run | None]:
    """Put a value that is not plain in its place; return that, and the outcome of a row that failed or kept more."""
    place, value, failure, arguments, result = _sized(content, 5)
    if type(place) is not int or not 0 <= place < len(values):
        raise _damaged()
    kept, raw, branches = _kept(arguments), _kept(result), () if went is None else went[place]
    if failure is None:
        if value is not None:
            values[place] = _kept(value)
        if kept is None and raw is None:
            return place, None
        return place, Run("returned", values[place], None, times[place], stage, kept, raw, branches)
    outcome, failed_stage, error = _failure(failure)
    values[place] = None
    return place, Run(outcome, None, error, times[place], failed_stage, kept, raw, branches)


def _branches(content: Any, most: int) -> tuple[int, ...]:
    ran = _sized(content)
    if len(ran) > most or not all(type(each) is int and 0 <= each < most for each in ran):
        raise _damaged()
    return tuple(ran)


def read_check(content: Any) -> Check:
    """Return what the policy said of a source; raises WorkerLost."""
    findings, functions, imports, examples, branches = _sized(content, 5)
    return Check(
        tuple(_finding(each) for each in _sized(findings)),
        tuple(_signature(each) for each in _sized(functions)),
        tuple(_name(each) for each in _sized(imports)),
        tuple(_lines(each) for each in _sized(examples)),
        tuple(_number(each) for each in _sized(branches)),
    )


def _lines(content: Any) -> tuple[int, int]:
    first, last = _sized(content, 2)
    if type(first) is not int or type(last) is not int or not 0 < first <= last:
        raise _damaged()
    return first, last


def _damaged() -> WorkerLost:
    return WorkerLost("A worker sent what no worker sends.", reason="damaged")


def _sized(content: Any, length: int | None = None) -> list[Any]:
    if type(content) is not list or (length is not None and len(content) != length):
        raise _damaged()
    return content


def _text(content: Any, limit: int = 1000) -> str:
    if type(content) is not str:
        raise _damaged()
    return clean(content, limit)


def _long_text(content: Any) -> str:
    if type(content) is not str:
        raise _damaged()
    lines = content[:20_000].splitlines()
    return "\n".join(" " * (len(line) - len(line.lstrip(" "))) + clean(line) for line in lines)


def _name(content: Any) -> str:
    return _NO_NAME.sub("_", _text(content, 200))


def _number(content: Any) -> int:
    if type(content) is not int or not -1 < content < _MOST_NUMBER:
        raise _damaged()
    return content


def _flag(content: Any) -> bool:
    if type(content) is not bool:
        raise _damaged()
    return content


def _one_of(known: frozenset[str], content: Any) -> Any:
    if type(content) is not str or content not in known:
        raise _damaged()
    return content


def _kept(content: Any) -> Any:
    return None if content is None else _sized(content, 1)[0]


def _failure(content: Any) -> tuple[RunOutcome, Stage, GuestError]:
    outcome, stage, kind, message, line, is_refusal, findings = _sized(content, 7)
    error = GuestError(
        _NO_NAME.sub("_", _text(kind, 80)) or "Exception",
        _text(message),
        None if line is None else _number(line),
        _flag(is_refusal),
        tuple(_finding(each) for each in _sized(findings)),
    )
    return _one_of(_FAILURES, outcome), _one_of(_STAGES, stage), error


def _finding(content: Any) -> Finding:
    line, construct, advice = _sized(content, 3)
    return Finding(_number(line), _text(construct, 300), _text(advice))


def _signature(content: Any) -> FunctionSignature:
    name, parameters, returns, doc, line, is_public, calls, calls_arguments = _sized(content, 8)
    return FunctionSignature(
        _name(name),
        tuple(_parameter(each) for each in _sized(parameters)),
        None if returns is None else _text(returns),
        _long_text(doc),
        _number(line),
        _flag(is_public),
        frozenset(_name(each) for each in _sized(calls)),
        _flag(calls_arguments),
    )


def _parameter(content: Any) -> SignatureParameter:
    name, kind, annotation, default = _sized(content, 4)
    return SignatureParameter(
        _name(name),
        _one_of(_KINDS, kind),
        None if annotation is None else _text(annotation),
        None if default is None else _text(default),
    )
