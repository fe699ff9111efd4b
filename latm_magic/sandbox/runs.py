"""Many runs in order, as columns; a `Run` is made of one when it is looked at.

A light tool takes a few microseconds a row: an object for each would cost as much as the row, and make the garbage
collector look at all of them again and again.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from latm_magic.sandbox.records import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from latm_magic.sandbox.records import Stage


class Runs(Sequence[Run]):
    """The outcomes of rows, in order. Most have just returned; `others` holds those that have more to say."""

    __slots__ = ("branches", "others", "seconds", "stage", "values")

    def __init__(self, count: int, stage: Stage = "") -> None:
        self.stage = stage
        """The step that a row which returned ended with."""
        self.values: list[Any] = [None] * count
        """None also where a row did not return."""
        self.seconds = array("d", bytes(8 * count))
        self.branches: list[tuple[int, ...]] | None = None
        """The branches that each row tells; None where none does."""
        self.others: dict[int, Run] = {}
        """The whole outcome of each row that failed, or kept its arguments."""

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Runs:
        """Return single runs as columns."""
        if isinstance(runs, cls):
            return runs
        columns = cls(len(runs))
        columns.values = [run.value for run in runs]
        columns.seconds = array("d", [run.seconds for run in runs])
        columns.others = dict(enumerate(runs))
        if any(run.branches for run in runs):
            columns.branches = [run.branches for run in runs]
        return columns

    def put(
        self,
        rows: Sequence[int],
        values: list[Any],
        seconds: array[float],
        branches: list[tuple[int, ...]] | None,
        others: dict[int, Run],
    ) -> None:
        """Keep the outcomes of `rows`; `others` by position among them. Lanes may do so at once for other rows."""
        if branches is not None and self.branches is None:
            self.branches = [()] * len(self.values)
        if isinstance(rows, range):
            place = slice(rows.start, rows.stop)
            self.values[place] = values
            self.seconds[place] = seconds
            if branches is not None and self.branches is not None:
                self.branches[place] = branches
        else:
            for position, row in enumerate(rows):
                self.values[row], self.seconds[row] = values[position], seconds[position]
                if branches is not None and self.branches is not None:
                    self.branches[row] = branches[position]
        for position, run in others.items():
            self.others[rows[position]] = run

    def without_text(self) -> Sequence[int]:
        """Return the positions of what did not just return a text."""
        if set(map(type, self.values)) == {str}:
            return [at for at, run in sorted(self.others.items()) if not run.returned]
        others = self.others
        return [
            at
            for at, value in enumerate(self.values)
            if type(value) is not str or (at in others and not others[at].returned)
        ]

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, position: int) -> Run: ...
    @overload
    def __getitem__(self, position: slice) -> list[Run]: ...
    def __getitem__(self, position: int | slice) -> Run | list[Run]:
        places = range(len(self.values))[position]
        return self._at(places) if isinstance(places, int) else [self._at(place) for place in places]

    def __iter__(self) -> Iterator[Run]:
        return map(self._at, range(len(self.values)))

    def _at(self, place: int) -> Run:
        found = self.others.get(place)
        if found is not None:
            return found
        branches = self.branches[place] if self.branches is not None else ()
        return Run("returned", self.values[place], None, self.seconds[place], self.stage, None, None, branches)
