"""Tasks on the plane, in whole coordinates: the area of a polygon, and the end of a walk."""

from __future__ import annotations

from math import atan2, gcd
from typing import TYPE_CHECKING

from latm_magic.evaluation.tasks.task_type import Facts, TaskType

if TYPE_CHECKING:
    from random import Random

_WAYS = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
_QUADRANTS = ((1, 1), (-1, 1), (-1, -1), (1, -1))

Points = list[tuple[int, int]]


def _draw_polygon(chance: Random, difficulty: int) -> Facts:
    """Draw corners in different directions around a middle, in each quadrant one at least: no two sides cross."""
    reach = 5 * difficulty
    corners: dict[tuple[int, int], tuple[int, int]] = {}
    quadrants = [*_QUADRANTS, *chance.choices(_QUADRANTS, k=2 * difficulty - 2)]
    for right, up in quadrants:
        x, y = right * chance.randint(1, reach), up * chance.randint(1, reach)
        corners.setdefault((x // gcd(x, y), y // gcd(x, y)), (x, y))
    middle = chance.randint(-reach, reach), chance.randint(-reach, reach)
    around = sorted(corners.values(), key=lambda corner: atan2(corner[1], corner[0]))
    return {"points": [(x + middle[0], y + middle[1]) for x, y in around]}


def _area(points: Points) -> str:
    pairs = zip(points, points[1:] + points[:1], strict=True)
    doubled = abs(sum(x * v - u * y for (x, y), (u, v) in pairs))
    return f"{doubled // 2}{'.5' if doubled % 2 else ''}"


def _polygon_texts(points: Points) -> dict[str, str]:
    return {
        "points": ", ".join(f"({x}, {y})" for x, y in points),
        "lines": "\n".join(f"x={x} y={y}" for x, y in points),
    }


def _draw_walk(chance: Random, difficulty: int) -> Facts:
    steps = chance.randint(2 + difficulty, 4 * difficulty)
    return {"moves": [(chance.randint(1, 9 * difficulty), chance.choice(list(_WAYS))) for _ in range(steps)]}


def _end_of(moves: list[tuple[int, str]]) -> str:
    x = sum(count * _WAYS[way][0] for count, way in moves)
    y = sum(count * _WAYS[way][1] for count, way in moves)
    return f"({x}, {y})"


TYPES = (
    TaskType(
        name="polygon_area",
        domain="geometry",
        description=(
            "Compute the area of a polygon from its corners, given in order around it. The answer has no decimals, or"
            " .5."
        ),
        wordings=(
            "What is the area of the polygon with the corners {points}?",
            "Corners of a field, in order:\n{lines}\nIts area:",
            "Area enclosed by the path {points} and back to its start?",
        ),
        draw=_draw_polygon,
        answer=_area,
        texts=_polygon_texts,
    ),
    TaskType(
        name="end_of_walk",
        domain="geometry",
        description="Where does a walk from (0, 0) end? East is +x, north is +y. The answer is (x, y).",
        wordings=(
            "Start at (0, 0) and go {list}. Where do you end?",
            "A robot at (0, 0) is told: {codes}. Give its last position.",
            "Moves:\n{lines}\nEnd point, from (0, 0):",
        ),
        draw=_draw_walk,
        answer=_end_of,
        texts=lambda moves: {
            "list": ", then ".join(f"{count} {way}" for count, way in moves),
            "codes": " ".join(f"{way[0].upper()}{count}" for count, way in moves),
            "lines": "\n".join(f"- {way} {count}" for count, way in moves),
        },
    ),
)
