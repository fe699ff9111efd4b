"""Tasks on text: headings as slugs, and version numbers in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_WORDS = """amber bread canal dance engine forest garden harbour island journal kettle lantern market needle orchard
    planet quarry river signal timber valley window yellow zebra bridge candle desert feather granite hammer""".split()
_MARKS = ("", "", "", ",", ":", " -", " &", "'s", "!", " (2nd)", " / 3", "...")


def _draw_heading(chance: Random, difficulty: int) -> Facts:
    marks = _MARKS[: 4 * difficulty]
    words = chance.choices(_WORDS, k=chance.randint(2, 2 + 2 * difficulty))
    return {
        "heading": " ".join(chance.choice((word, word.title(), word.upper())) + chance.choice(marks) for word in words)
    }


def _slug(heading: str) -> str:
    kept = [letter if letter.isascii() and letter.isalnum() else " " for letter in heading.lower()]
    return "-".join("".join(kept).split())


def _draw_versions(chance: Random, difficulty: int) -> Facts:
    highest = 4 * difficulty + 8
    found: dict[tuple[int, ...], list[int]] = {}
    while len(found) < 2 + 2 * difficulty:
        parts = [chance.randint(0, highest) for _ in range(chance.randint(2, 1 + difficulty))]
        found.setdefault(_padded(parts), parts)
    return {"versions": list(found.values())}


def _padded(parts: list[int]) -> tuple[int, ...]:
    return (*parts, *[0] * (4 - len(parts)))


def _sorted_versions(versions: list[list[int]]) -> str:
    return ", ".join(".".join(map(str, parts)) for parts in sorted(versions, key=_padded))


TYPES = (
    TaskType(
        name="slug",
        domain="texts",
        description=(
            "Make the slug of a heading: in lower case, each run of characters other than the letters a to z and digits"
            " as one hyphen, and no hyphen at either end."
        ),
        wordings=(
            'Make a slug of the heading "{heading}".',
            "Heading: {heading}\nSlug:",
            "How does the heading <{heading}> look in the address of a page?",
        ),
        draw=_draw_heading,
        answer=_slug,
    ),
    TaskType(
        name="sort_versions",
        domain="texts",
        description=(
            "Sort version numbers from the oldest to the newest: part by part as numbers, a missing part counting as 0."
            " The answer lists them as they were written, separated by a comma and a space."
        ),
        wordings=(
            "Sort these versions from old to new: {commas}",
            "Which order do the releases {spaces} have, the oldest first?",
            "Releases:\n{lines}\nList them by age, oldest first.",
        ),
        draw=_draw_versions,
        answer=_sorted_versions,
        texts=lambda versions: _joined([".".join(map(str, parts)) for parts in versions]),
    ),
)


def _joined(texts: list[str]) -> dict[str, str]:
    return {"commas": ", ".join(texts), "spaces": " ".join(texts), "lines": "\n".join(f"- {text}" for text in texts)}
