"""Tasks on log lines: lines of a level and a service, and the longest gap."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]
_SERVICES = ["billing", "catalog", "gateway", "mailer", "search"]
_MESSAGES = [
    "request done",
    "retry in 3 s",
    "ERROR code 7 ignored",
    "cache miss",
    "timeout of billing",
    "queue is empty",
]


def _draw_times(chance: Random, count: int, longest: int) -> list[datetime]:
    now = datetime(2025, 1, 1) + timedelta(seconds=chance.randrange(365 * 86_400))  # noqa: DTZ001  as logs have them
    times = []
    for _ in range(count):
        times.append(now)
        now += timedelta(seconds=chance.randint(1, longest))
    return times


def _draw_lines(chance: Random, difficulty: int) -> Facts:
    times = _draw_times(chance, chance.randint(4, 6 * difficulty), 100)
    levels = _LEVELS[-1 - difficulty :]
    entries = [(chance.choice(levels), chance.choice(_SERVICES[: 2 + difficulty])) for _ in times]
    return {
        "lines": [
            f"{time:%Y-%m-%d %H:%M:%S} {level} {service}: {chance.choice(_MESSAGES)}"
            for time, (level, service) in zip(times, entries, strict=True)
        ],
        "entries": entries,
        "level": chance.choice(levels),
        "service": chance.choice(_SERVICES[: 2 + difficulty]),
    }


def _count_lines(lines: list[str], entries: list[tuple[str, str]], level: str, service: str) -> str:  # noqa: ARG001
    return str(entries.count((level, service)))


def _draw_gaps(chance: Random, difficulty: int) -> Facts:
    return {
        "times": _draw_times(chance, chance.randint(3, 5 * difficulty), 60**difficulty),
        "host": chance.choice(_SERVICES),
    }


def _longest_gap(times: list[datetime], host: str) -> str:  # noqa: ARG001
    return str(max(int((later - time).total_seconds()) for time, later in pairwise(times)))


TYPES = (
    TaskType(
        name="count_log_lines",
        domain="logs",
        description=(
            "Count the log lines of one level and one service. A line is a date, a time, the level, the service and a"
            " message, which may say anything."
        ),
        wordings=(
            "{log}\n\nHow many {level} lines are from {service}?",
            "Count what {service} logged at level {level}:\n{log}",
            "Log:\n{log}\n\nservice={service} level={level} count=",
        ),
        draw=_draw_lines,
        answer=_count_lines,
        texts=lambda lines, entries, level, service: {  # noqa: ARG005
            "log": "\n".join(lines),
            "level": level,
            "service": service,
        },
        kind="int",
    ),
    TaskType(
        name="longest_gap",
        domain="logs",
        description=(
            "Find the longest time, in seconds, between two heartbeats that follow each other. They are given oldest"
            " first, as YYYY-MM-DD HH:MM:SS, and may pass midnight."
        ),
        wordings=(
            "Heartbeats of {host}:\n{lines}\nWhat is the longest gap between two, in seconds?",
            "For how many seconds was {host} silent at most? It was heard at {list}.",
            "max gap (s) of {host} in\n{lines}",
        ),
        draw=_draw_gaps,
        answer=_longest_gap,
        texts=lambda times, host: {
            "lines": "\n".join(f"{time:%Y-%m-%d %H:%M:%S} ping" for time in times),
            "list": ", ".join(f"{time:%Y-%m-%d %H:%M:%S}" for time in times),
            "host": host,
        },
        kind="int",
    ),
)
