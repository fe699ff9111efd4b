"""Tasks on units: feet and inches in centimetres, and how long a transfer takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_MB_A_GB = 1000


def _draw_height(chance: Random, difficulty: int) -> Facts:
    step = (100, 50, 25)[difficulty - 1]
    return {"feet": chance.randint(1, 10**difficulty * 9), "hundredths": step * chance.randrange(1200 // step)}


def _centimetres(feet: int, hundredths: int) -> str:
    """Return tenths of a centimetre, rounded half up, with a point; an inch is 2.54 cm, so that whole numbers do."""
    tenths, rest = divmod((1200 * feet + hundredths) * 254, 1000)
    tenths += 2 * rest >= 1000  # noqa: PLR2004
    return f"{tenths // 10}.{tenths % 10}"


def _height_texts(feet: int, hundredths: int) -> dict[str, str]:
    return {"feet": str(feet), "inches": f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")}


def _draw_transfer(chance: Random, difficulty: int) -> Facts:
    gigabytes = chance.random() < (difficulty - 1) / 2
    megabytes = 100 * chance.randint(5, 200 * difficulty) if gigabytes else chance.randint(5, 999)
    rate = chance.choice((2, 5, 8, 10, 16, 25, 50, 100, 250)) if difficulty < 3 else chance.randint(1, 999)  # noqa: PLR2004
    return {"megabytes": megabytes, "rate": rate, "lost": chance.randrange(0, 10 * difficulty, 5)}


def _duration(megabytes: int, rate: int, lost: int) -> str:
    seconds = -(-megabytes * 8 * 100 // (rate * (100 - lost)))
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


def _transfer_texts(megabytes: int, rate: int, lost: int) -> dict[str, str]:
    size = f"{megabytes} MB" if megabytes < _MB_A_GB else f"{megabytes / _MB_A_GB:g} GB"
    return {"size": size, "rate": str(rate), "lost": str(lost)}


TYPES = (
    TaskType(
        name="centimetres",
        domain="units",
        description=(
            "Convert feet and inches to centimetres (1 ft = 12 in, 1 in = 2.54 cm), with one decimal, rounded half up."
            " The answer is the number alone."
        ),
        wordings=(
            "Convert {feet} ft {inches} in to cm.",
            "How many centimetres are {feet} feet and {inches} inches?",
            "Shelf: {feet}' {inches}\" high. Height in cm:",
        ),
        draw=_draw_height,
        answer=_centimetres,
        texts=_height_texts,
    ),
    TaskType(
        name="transfer_time",
        domain="units",
        description=(
            "How long does a file take over a line of so many Mbit/s of which a percentage is lost to overhead?"
            " 1 GB = 1000 MB, 1 MB = 8 Mbit. The answer is H:MM:SS, rounded up to a full second."
        ),
        wordings=(
            "How long does a file of {size} take at {rate} Mbit/s, {lost} % of which is lost to overhead?",
            "Backup: {size}; line: {rate} Mbit/s; overhead: {lost} %. Duration:",
            "A line carries {rate} megabits a second and loses {lost} percent. When is a copy of {size} done?",
        ),
        draw=_draw_transfer,
        answer=_duration,
        texts=_transfer_texts,
    ),
)
