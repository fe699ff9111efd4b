"""The ledger: what every model call cost, summed as you ask, and what this session may still spend.

Entries are kept by a `LedgerStore`, the project's cache; this file adds them up. `metered.py` makes the entries, and
stops calls that could pass the budget.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from latm_magic.bill import charge
from latm_magic.errors import CacheError
from latm_magic.events import Note, ignore
from latm_magic.models.model import Usage
from latm_magic.models.spending import Spending
from latm_magic.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from latm_magic.events import OnEvent
    from latm_magic.models.prices import Prices

_TOGETHER = 20
"""Entries of a batch that wait for each other at most."""
_LONGEST_S = 0.25
"""Seconds from one writing after which an entry does not wait for others: in a batch of slow calls none does."""
Column = Literal["role", "tool", "model", "recorded", "ok"]
"""What calls are summed by; of the last two a `Total` tells by its counts."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model call."""

    time: str
    """When it ended: ISO 8601, UTC."""
    role: str
    tool: str
    """The tool it was made for; "" where there was none."""
    model: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_usd: float | None
    """US dollars; None = unknown."""
    seconds: float
    recorded: bool
    """The reply was played from a recording, and cost nothing."""
    ok: bool
    """A reply came that could be used."""
    run: str = ""
    """The run of the tool loop that it belongs to; "" where it stands alone."""


class LedgerStore(Protocol):
    """Where entries are kept."""

    def add(self, *entries: Entry) -> None:
        """Keep entries, all or none of them."""

    def entries(self) -> Iterable[Entry]:
        """Return all entries, oldest first."""

    def totals(self, by: Sequence[Column]) -> tuple[Total, ...]:
        """Return the sums of the entries that are alike in the columns of `by`, in the order of those."""


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of the entries that are alike; what they were not grouped by is ""."""

    role: str = ""
    tool: str = ""
    model: str = ""
    calls: int = 0
    failed: int = 0
    """Calls without a reply that could be used."""
    recorded: int = 0
    """Calls that a recording answered."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    """US dollars; None = the cost of at least one of the calls is unknown."""
    known_cost_usd: float = 0.0
    """US dollars of the calls whose cost is known."""
    seconds: float = 0.0
    unknown: int = 0
    """Calls whose cost is unknown."""

    def __add__(self, other: Total) -> Total:
        """Return the sum of both, under the names of this one."""
        numbers = [field.name for field in fields(self) if field.name not in {"role", "tool", "model", "cost_usd"}]
        sums = {name: getattr(self, name) + getattr(other, name) for name in numbers}
        cost_usd = None if sums["unknown"] else sums["known_cost_usd"]
        return replace(self, **sums, cost_usd=cost_usd)

    @property
    def mean_usd(self) -> float | None:
        """US dollars of a call, in the mean of those whose cost is known; None = of none."""
        return self.known_cost_usd / (self.calls - self.unknown) if self.calls > self.unknown else None


@dataclass(frozen=True, slots=True)
class DirectEstimate:
    """What instances would have cost had a model answered each of them."""

    model: str
    instances: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    """US dollars; None = unknown price."""
    is_measured: bool
    """The completion tokens are the mean of real direct calls, not a guess from the answers' length."""


@dataclass(frozen=True, slots=True)
class CallEstimate:
    """What asking models about questions will come to."""

    calls: int
    tokens: int
    cost_usd: float | None
    """US dollars; None = unknown price."""

    def __str__(self) -> str:
        cost = "unknown price" if self.cost_usd is None else f"about {self.cost_usd:.2g} USD"
        return f"about {self.calls:,} calls and {self.tokens:,} tokens, {cost}"


class Ledger(Shown):
    """Entries of this project, and what this session spent. Any number of threads may add.

    An entry that cannot be written is kept here, and told: its reply is paid for and must not be lost with it.
    """

    def __init__(
        self,
        store: LedgerStore,
        prices: Prices,
        on_event: OnEvent = ignore,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.prices = prices
        self.spending = Spending()
        self._store = store
        self._tell = on_event
        self._clock = clock
        self._known_usd, self._unknown = 0.0, 0
        self._adding = threading.Lock()
        self._unwritten: list[Entry] = []
        self._gatherings, self._written_at = 0, -_LONGEST_S
        self._fault: CacheError | None = None

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Write entries some at a time inside the block, at its end all: a killed batch loses the last few."""
        with self._adding:
            self._gatherings += 1
        try:
            yield
        finally:
            with self._adding:
                self._gatherings -= 1
            self._write()

    def add(self, entry: Entry) -> None:
        """Keep an entry; raises nothing where it cannot be written now: `check` does."""
        charge(entry.prompt_tokens + entry.completion_tokens, entry.cost_usd)
        with self._adding:
            self._known_usd += entry.cost_usd or 0.0
            self._unknown += entry.cost_usd is None
            self._unwritten.append(entry)
            is_due = len(self._unwritten) >= _TOGETHER or self._clock() - self._written_at >= _LONGEST_S
            waits = self._gatherings and (self._fault is not None or not is_due)
        if not waits:
            self._write()

    def check(self) -> None:
        """Raise `CacheError` where what was spent before cannot be written down: nothing more is to be spent then."""
        if self._fault is not None:
            self._write()
        if self._fault is not None:
            raise self._fault

    def _write(self) -> None:
        with self._adding:
            unwritten, self._unwritten, known_fault = self._unwritten, [], self._fault
            self._written_at = self._clock()
            try:
                if unwritten:
                    self._store.add(*unwritten)
                self._fault = None
            except CacheError as fault:
                self._unwritten, self._fault = unwritten, fault
            except BaseException:
                self._unwritten = unwritten
                raise
            told = self._fault if known_fault is None else None
        if told is not None:
            self._tell(Note(f"What models cost could not be written down: {told}", "warning"))

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries of the project, oldest first."""
        self._write()
        return tuple(self._store.entries())

    def totals(self, by: Sequence[Column] = ("role", "tool")) -> tuple[Total, ...]:
        """Return the sums of the project's entries by some of role, tool and model, in the order of those."""
        self._write()
        return self._store.totals(by)

    @property
    def total(self) -> Total:
        """The sum of all the project's entries."""
        return next(iter(self.totals(())), Total())

    @property
    def session_cost_usd(self) -> float | None:
        """US dollars that this session spent; None = the cost of at least one call is unknown."""
        return None if self._unknown else self._known_usd

    @property
    def unknown_prices(self) -> tuple[str, ...]:
        """The models that were asked at an unknown price."""
        return tuple(total.model for total in self.totals(("model", "ok")) if total.unknown and not total.failed)

    def to_frame(self) -> Any:
        """Return the entries as a pandas DataFrame (Any: pandas is loaded only here); raises ImportError without it."""
        import pandas as pd

        columns = [field.name for field in fields(Entry)]
        return pd.DataFrame([asdict(entry) for entry in self.entries()], columns=columns)

    def direct_estimate(
        self, model: str, base_url: str, *, instances: int, question_characters: int, answer_characters: int
    ) -> DirectEstimate:
        """Return what `instances` questions would have cost by estimate, each asked of `model` once and directly.

        Assumed: four characters a token, for questions and answers alike (`..._characters` are totals), ten tokens of
        framing a request, and no reasoning before the answer, so it errs on the cheap side. Where the ledger holds
        usable calls of role "direct" to that model, the mean of their completion tokens takes the answers' place.
        """
        known = [total for total in self.totals(("role", "model", "ok")) if total.role == "direct" and not total.failed]
        direct = next((total for total in known if total.model == model), None)
        if direct is not None:
            completion = round(instances * direct.completion_tokens / direct.calls)
        else:
            completion = _tokens(answer_characters)
        usage = Usage(direct_usage(instances, question_characters, answer_characters).prompt_tokens, completion)
        cost_usd = self.prices.cost_usd(model, usage, base_url)
        return DirectEstimate(
            model, instances, usage.prompt_tokens, completion, cost_usd, is_measured=direct is not None
        )

    def call_estimate(self, model: str, base_url: str, *, calls: int, question_characters: int) -> CallEstimate:
        """Return what so many calls of the user and dispatcher roles come to.

        Each as the project's earlier ones did in the mean; before there are any, a description, the question (four
        characters a token) and a short reply are assumed.
        """
        known = [total for total in self.totals(by=("role",)) if total.role in {"user", "dispatcher"}]
        made = sum(total.calls for total in known)
        if not made:
            usage = Usage(calls * _PROMPT_TOKENS + _tokens(question_characters), calls * _CALL_TOKENS)
            cost_usd = self.prices.cost_usd(model, usage, base_url)
            return CallEstimate(calls, usage.prompt_tokens + usage.completion_tokens, cost_usd)
        tokens = sum(total.prompt_tokens + total.completion_tokens for total in known)
        costs = [total.cost_usd for total in known]
        cost_usd = None if None in costs else sum(cost or 0.0 for cost in costs) * calls / made
        return CallEstimate(calls, round(tokens * calls / made), cost_usd)


_FRAMING_TOKENS = 10
_PROMPT_TOKENS = 450
"""Of a request for a call or a choice, without its question."""
_CALL_TOKENS = 60
_CHARACTERS_A_TOKEN = 4


def direct_usage(instances: int, question_characters: int, answer_characters: int) -> Usage:
    """Return about how many tokens it takes to ask one by one, by the length of all questions and of all answers."""
    return Usage(_tokens(question_characters) + instances * _FRAMING_TOKENS, _tokens(answer_characters))


def _tokens(characters: int) -> int:
    return -(-characters // _CHARACTERS_A_TOKEN)
