"""What a worker says, turned into records. Nothing in it is trusted: other types or lengths than agreed end the worker.

It does NOT decide what follows from a damaged reply (`lane` and `pool` do). What writes them is `worker/loop.py`.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import fields
from typing import Any, get_args

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
from latm_magic.sandbox.wire.decode import decode
from latm_magic.sandbox.wire.encode import WireError, clean

_FAILURES = frozenset(get_args(RunOutcome)) - {"returned"}
_STAGES = frozenset(get_args(Stage))
_KINDS = frozenset(get_args(ParameterKind))
_MOST_MICROS = 10**12
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


def read_rows(content: Any, stage: Stage, branches: int) -> tuple[list[Run], bool]:
    """Return the outcomes of rows, and whether one of them ended for want of memory; raises WorkerLost.

    `stage` is the last step of the rows' plan, `branches` how many the source has.
    """
    micros, values, more = (_sized(column) for column in _sized(content, 3))
    if len(micros) != len(values) or not all(type(each) is int and 0 <= each < _MOST_MICROS for each in micros):
        raise _damaged()
    runs: list[Run] = []
    for microseconds, value in zip(micros, values, strict=True):
        # The hot path: setting the slots takes half the time that a frozen dataclass takes to set itself up.
        run = _new(Run)
        _set_outcome(run, "returned")
        _set_value(run, value)
        _set_error(run, None)
        _set_seconds(run, microseconds / 1e6)
        _set_stage(run, stage)
        _set_arguments(run, None)
        _set_result(run, None)
        _set_branches(run, ())
        runs.append(run)
    for each in more:
        position, content = _sized(each, 2)
        if type(position) is not int or not 0 <= position < len(runs):
            raise _damaged()
        runs[position] = _with_more(runs[position], content, branches)
    return runs, any(runs[position].outcome == "memory" for position, _ in more)


def _with_more(run: Run, content: Any, branches: int) -> Run:
    """Return the outcome of a row that failed, kept its arguments, or went through branches that are to be told."""
    failure, arguments, result, ran = _sized(content, 4)
    kept, raw, went = _kept(arguments), _kept(result), _branches(ran, branches)
    if failure is None:
        # As above, for rows on untested ground: nobody else has this run yet.
        _set_arguments(run, kept)
        _set_result(run, raw)
        _set_branches(run, went)
        return run
    outcome, stage, error = _failure(failure)
    return Run(outcome, None, error, run.seconds, stage, kept, raw, went)


def _branches(content: Any, most: int) -> tuple[int, ...]:
    ran = _sized(content)
    if len(ran) > most or not all(type(each) is int and 0 <= each < most for each in ran):
        raise _damaged()
    return tuple(ran)


_new = object.__new__
_set_outcome, _set_value, _set_error, _set_seconds, _set_stage, _set_arguments, _set_result, _set_branches = (
    Run.__dict__[field.name].__set__ for field in fields(Run)
)


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
    if type(content) is not int or not -1 < content < _MOST_MICROS:
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
