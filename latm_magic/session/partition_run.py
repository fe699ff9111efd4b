"""One run over a column in partitions: the free part on the cluster, then models from here; a record of each is kept.

Holds no column: counts, digests, and the open rows of a few partitions at a time.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from concurrent.futures import CancelledError
from dataclasses import replace as with_
from typing import TYPE_CHECKING, Any, NamedTuple

from latm_magic.answer import WAYS, Answers
from latm_magic.cache.codec import from_bytes
from latm_magic.errors import LatmError, TaskError
from latm_magic.events import Note, Progress, ignore
from latm_magic.solving.answer_frame import empty_frame, frame_of
from latm_magic.solving.partition_tasks import asked_digest, merge_answers, write_partition
from latm_magic.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from latm_magic.answer import Way
    from latm_magic.cache.seal import Seal
    from latm_magic.session.parts import Parts
    from latm_magic.session.solving import Solving
    from latm_magic.solving.economy import AskOptions
    from latm_magic.solving.partition_folder import PartitionRecord
    from latm_magic.solving.partition_tasks import Target
    from latm_magic.solving.partitions import Bundle
    from latm_magic.tool import ToolVersion

_TOGETHER = 20_000
"""Open rows that are here at once; one partition may have more."""
_SHOWN = 5


class OpenRow(NamedTuple):
    """A row that the cluster left to a model."""

    partition: int
    row: int
    """Its position in the partition."""
    question: str


class PartitionRun:
    """Goes through one column."""

    def __init__(self, parts: Parts, solving: Solving, target: Target, bundle: Bundle, seal: Seal) -> None:
        self._parts = parts
        self._solving = solving
        self._target = target
        self._folder = target.folder
        self._bundle = bundle
        self._seal = seal
        self._records: dict[int, PartitionRecord] = {}
        self._kept = 0

    def go(
        self,
        column: Any,
        bundle: Any,
        numbers: Any,
        client: Any,
        tool: ToolVersion | None,
        options: AskOptions,
        *,
        replace: bool,
    ) -> str:
        """Bring every partition to its answers; return what is the same only while they are (a digest).

        Raises `TaskError` where the folder holds something else, or a partition cannot be answered; `SandboxError`
        where a worker lacks a wall or the right package.
        """
        self._folder.prepare()
        self._look_at_what_is_there(replace=replace)
        self._folder.write_tools(self._bundle.ground, self._bundle.names)
        spent = self._parts.ledger.spending.spent_usd
        records = column.map_partitions(
            write_partition,
            numbers,
            bundle,
            self._target,
            secrets.token_hex(8),
            meta=empty_frame(self._bundle.kind),
            enforce_metadata=False,
        )
        self._answer(client, records)
        self._ask(client, tool, options)
        self._folder.sweep()
        self._finish(self._parts.ledger.spending.spent_usd - spent)
        return hashlib.sha256(" ".join(self._records[n].file for n in sorted(self._records)).encode()).hexdigest()

    # What is there

    def _look_at_what_is_there(self, *, replace: bool) -> None:
        found = {number: self._folder.read_record(number, self._seal) for number in self._folder.recorded()}
        known = [record for record in found.values() if record is not None]
        target = self._target
        for record in known:
            if (record.of, record.column) != (target.partitions, target.column):
                there, here = f"{record.column!r} in {record.of:,}", f"{target.column!r} in {target.partitions:,}"
                raise TaskError(
                    f"{self._folder.folder} holds answers to the column {there} partitions, and this is {here}:"
                    " give another folder, or delete that one."
                )
        stale = [record for record in known if record.ground != self._bundle.ground]
        foreign = [number for number, record in found.items() if record is None]
        if (stale or foreign) and not replace:
            raise TaskError(self._why_stale(stale, len(foreign), len(found)))
        for number in foreign:
            self._folder.remove(self._folder.record_path(number))

    def _why_stale(self, stale: Sequence[PartitionRecord], foreign: int, total: int) -> str:
        advice = "replace=True answers them again; another folder keeps them"
        where = f"partitions that are finished in {self._folder.folder}"
        if not stale:
            return f"{foreign:,} of {total:,} {where} were not sealed on this machine: {advice}."
        then, now = self._folder.tools_of(stale[0].ground), list(self._bundle.names)
        changed = [each for each in then if each not in now], [each for each in now if each not in then]
        if any(changed):
            words = [", ".join(some[:_SHOWN]) or "nothing" for some in changed]
            why = f"with other tools ({words[0]}; now {words[1]})"
        else:
            why = "under other corrections, settings, suspects or versions of latm_magic"
        return f"{len(stale):,} of {total:,} {where} were answered {why}: {advice}."

    # The free part

    def _answer(self, client: Any, records: Any) -> None:
        """Have the cluster answer every partition by itself; a fault of one leaves the others to end."""
        from distributed import as_completed

        futures = client.compute(records.to_delayed())
        fault: LatmError | None = None
        rows = 0
        ways: Counter[Way] = Counter()
        try:
            for future in as_completed(futures):
                try:
                    record, is_kept = _result(future, self._target.column)
                except TaskError as found:
                    fault = fault or found
                    continue
                self._take(record, is_kept=is_kept)
                rows += record.rows
                ways.update({count.way: count.rows for count in record.ways})
                self._parts.tell(Progress(rows, None, tuple(ways.items())))
                future.release()
        finally:
            client.cancel(futures)
        if fault is not None:
            raise fault

    def _take(self, record: PartitionRecord, *, is_kept: bool) -> None:
        if not is_kept and not self._records and not self._folder.is_there(record.number):
            raise TaskError(
                f"A worker wrote {self._folder.answers_path(record.number)}, and it is not here:"
                " give a folder that the session and all workers share."
            )
        if is_kept:
            sealed = self._folder.read_record(record.number, self._seal)
            if sealed != record:
                raise TaskError(f"{self._folder.folder} was changed by somebody else meanwhile: run it again.")
            self._kept += 1
        else:
            self._folder.write_record(record, self._seal)
        self._records[record.number] = record

    # What only models can say

    def _ask(self, client: Any, tool: ToolVersion | None, options: AskOptions) -> None:
        """Bring the open rows to what the cache knows of them, and ask models about the others as far as you allow."""
        waiting: dict[str, None] = {}
        rows_left = characters = 0
        for rows in self._open_groups():
            questions = [row.question for row in rows]
            answers, fault = self._solved(questions, tool, options, ask=options.ask is True)
            self._merge(client, rows, answers)
            if fault is not None:
                self._parts.tell(Note(f"Models are asked no more: {fault} Run it again to go on.", "warning"))
                return
            for place in self._open_places(answers):
                rows_left, characters = rows_left + 1, characters + len(questions[place])
                if len(waiting) <= options.above:
                    waiting[questions[place]] = None
        if options.ask is None and 0 < len(waiting) <= options.above:
            self._ask_few(client, list(waiting), tool, options)
        elif rows_left:
            self._tell_not_asked(rows_left, characters, tool, options)

    def _ask_few(self, client: Any, questions: list[str], tool: ToolVersion | None, options: AskOptions) -> None:
        """Ask about the questions that all partitions leave open, which are few; a repeated one is paid once."""
        answers, _ = self._solved(questions, tool, options, ask=None)
        found = dict(zip(questions, answers, strict=True))
        for rows in self._open_groups():
            some = [row for row in rows if row.question in found]
            said = [found[row.question] for row in some]
            found.update({answer.question: with_(answer, tokens=0, cost_usd=0.0) for answer in said})
            paid_once = {id(answer): answer for answer in reversed(said)}
            self._merge(client, some, Answers.of([paid_once.pop(id(each), found[each.question]) for each in said]))

    def _solved(
        self, questions: list[str], tool: ToolVersion | None, options: AskOptions, *, ask: bool | None
    ) -> tuple[Answers, LatmError | None]:
        """Solve open rows as a column in memory is solved; where no model is asked, that is told once, at the end."""
        with self._parts.events.to(ignore if ask is False else None):
            return self._solving.answer(questions, tool, direct=options.direct, ask=ask, retry=options.retry)

    def _open_places(self, answers: Answers) -> Iterator[int]:
        """Return where models may still be asked."""
        for place, way in enumerate(answers.ways):
            is_doubtful = way == "parser" and place in answers.untested and self._bundle.untested == "ask"
            if way == "unasked" or is_doubtful:
                yield place

    def _open_groups(self) -> Iterator[list[OpenRow]]:
        """Return the open rows of a few partitions together, so that many calls are under way at once."""
        group: list[OpenRow] = []
        for number in sorted(number for number, record in self._records.items() if record.open_rows):
            if group and len(group) + self._records[number].open_rows > _TOGETHER:
                yield group
                group = []
            table = self._folder.read_table(self._folder.open_path(number))
            texts = map(from_bytes, table["question"])
            group += [OpenRow(number, int(row), text) for row, text in zip(table["row"], texts, strict=True)]
        if group:
            yield group

    def _merge(self, client: Any, rows: Sequence[OpenRow], answers: Answers) -> None:
        """Have the cluster put answers into the files of their partitions, and seal what these are then."""
        mine: dict[int, list[int]] = {}
        for place, row in enumerate(rows):
            if answers.ways[place] != "unasked":
                mine.setdefault(row.partition, []).append(place)
        frame = frame_of(answers, self._bundle.kind)
        futures = {}
        for number, places in mine.items():
            positions = [rows[place].row for place in places]
            said = asked_digest(answers, places, positions)
            if said != self._records[number].asked:
                record = with_(self._records[number], asked=said)
                futures[number] = client.submit(
                    merge_answers, record, frame.iloc[places], positions, self._target, pure=False
                )
        for number, future in futures.items():
            record = _result(future, self._target.column)
            self._folder.write_record(record, self._seal)
            self._records[number] = record

    def _tell_not_asked(self, rows: int, characters: int, tool: ToolVersion | None, options: AskOptions) -> None:
        if options.ask is False:
            self._parts.tell(Note(f"{rows:,} rows need a model, and none was asked, as you said."))
            return
        estimate = self._parts.ledger.call_estimate(
            self._parts.roles.name_of("user"),
            self._parts.settings.base_url,
            calls=rows * (1 if tool else 2),
            question_characters=characters,
        )
        self._parts.tell(Note(f"{rows:,} rows need a model, at most {estimate}: ask=True asks them.", "warning"))

    def _finish(self, spent_usd: float) -> None:
        ways: Counter[Way] = Counter()
        for record in self._records.values():
            ways.update({count.way: count.rows for count in record.ways})
        rows = sum(ways.values())
        self._solving.count(
            ways,
            sum(record.question_characters for record in self._records.values()),
            sum(record.answer_characters for record in self._records.values()),
        )
        parts = [f"{ways[way]:,} {info.total}" for way, info in WAYS.items() if way in ways]
        untested = sum(record.untested for record in self._records.values())
        kept = f" ({self._kept:,} of them finished before)" if self._kept else ""
        self._parts.tell(
            Note(
                f"{rows:,} rows in {len(self._records):,} partitions{kept}: {', '.join(parts) or 'nothing'};"
                f" {untested:,} untested; {spent_usd:.4f} USD. The answers are in {self._folder.folder}"
            )
        )


def _result(future: Any, column: str) -> Any:
    """Return what a task gave; raises our own errors as they are, and others as a `TaskError` of one line."""
    try:
        return future.result()
    except LatmError:
        raise
    except (Exception, CancelledError) as fault:
        if "No module named 'latm_magic'" in f"{fault} {fault.__cause__}":
            raise TaskError("The scheduler or a worker of the cluster has no latm_magic: install it there.") from fault
        what = one_line(f"{type(fault).__name__}: {fault}", 300)
        raise TaskError(
            f"A partition of {column!r} could not be answered ({what}). The finished ones are kept: run it again."
        ) from fault
