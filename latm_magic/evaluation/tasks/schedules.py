"""Tasks on times of a day: the first free slot, and the next departure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_OPENS, _CLOSES = 9 * 60, 17 * 60


def clock(minutes: int) -> str:
    """Return minutes after midnight as HH:MM."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _draw_day(chance: Random, difficulty: int) -> Facts:
    step = (30, 15, 5)[difficulty - 1]
    busy = []
    for _ in range(chance.randint(2, 3 * difficulty)):
        start = chance.randrange(_OPENS, _CLOSES, step)
        busy.append((start, min(_CLOSES, start + step * chance.randint(1, 150 // step))))
    return {"busy": busy, "minutes": step * chance.randint(1, 120 // step)}


def _first_slot(busy: list[tuple[int, int]], minutes: int) -> str:
    free_from = _OPENS
    for start, end in sorted(busy):
        if start - free_from >= minutes:
            break
        free_from = max(free_from, end)
    return clock(free_from) if free_from + minutes <= _CLOSES else "none"


def _day_texts(busy: list[tuple[int, int]], minutes: int) -> dict[str, str]:
    return {
        "list": ", ".join(f"{clock(start)}-{clock(end)}" for start, end in busy),
        "lines": "\n".join(f"from {clock(start)} to {clock(end)}" for start, end in busy),
        "minutes": str(minutes),
    }


def _draw_line(chance: Random, difficulty: int) -> Facts:
    first = chance.randrange(4 * 60, 8 * 60)
    last = chance.randrange(18 * 60, 24 * 60)
    every = chance.choice((10, 15, 20, 30)) if difficulty == 1 else chance.randint(3, 30 * difficulty)
    return {"first": first, "last": last, "every": every, "now": chance.randrange(24 * 60)}


def _next_departure(first: int, last: int, every: int, now: int) -> str:
    return next((clock(leaves) for leaves in range(first, last + 1, every) if leaves >= now), "none")


TYPES = (
    TaskType(
        name="first_free_slot",
        domain="schedules",
        description=(
            "Find the earliest time between 09:00 and 17:00 at which a meeting of so many minutes fits in among the"
            " busy times, which may overlap. The answer is HH:MM, or none."
        ),
        wordings=(
            "Busy: {list}. When can a meeting of {minutes} minutes start at the earliest, from 09:00 to 17:00?",
            "My calendar from 09:00 to 17:00 is taken\n{lines}\nWhere do {minutes} minutes fit in first?",
            "First gap of {minutes} min between 09:00 and 17:00, given {list}:",
        ),
        draw=_draw_day,
        answer=_first_slot,
        texts=_day_texts,
    ),
    TaskType(
        name="next_departure",
        domain="schedules",
        description=(
            "When does the next bus leave, at the time given or after it? The first leaves at a time, then one every so"
            " many minutes, none after a last time. The answer is HH:MM, or none if no more leaves that day."
        ),
        wordings=(
            "Buses leave from {first} every {every} minutes, none after {last}. It is {now}. When is the next?",
            "First tram {first}, then each {every} min until {last}. Which one do I catch at {now}?",
            "Timetable: {first} to {last}, interval {every} min. Next departure from {now} on:",
        ),
        draw=_draw_line,
        answer=_next_departure,
        texts=lambda every, **times: {"every": str(every), **{name: clock(time) for name, time in times.items()}},
    ),
)
