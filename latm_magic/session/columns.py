"""The column that a tool is made for: read as people hold it, what of it a maker is shown, and when a round pays."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

from latm_magic.errors import SettingsError, TaskError
from latm_magic.events import Note
from latm_magic.making.column import MOST_ROWS, Column, choose_questions, spread, tokens
from latm_magic.making.mixture import strange_rows
from latm_magic.making.rounds import RoundOptions
from latm_magic.models.model import Usage
from latm_magic.solving.batch import Batch
from latm_magic.solving.questions import read_column
from latm_magic.text import quoted

if TYPE_CHECKING:
    from latm_magic.session.parts import Parts
    from latm_magic.task import Task

_LEFT = 0.02
"""The share of a column, refused, up to which a round is not worth a call whose price is unknown."""


_USER_CALL = Usage(500, 60)
"""What a user model's call takes, where none was measured."""


class Columns:
    """Reads the columns of a session's makings."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def read(self, questions: Any, task: Task) -> Column:
        """Return a column with the choice that a maker is shown; raises `TaskError` where it holds no question."""
        instances, _ = read_column(questions)
        instances = list(instances)
        batch = Batch(spread(instances, 4 * MOST_ROWS))
        found = [batch.questions[row] for row in batch.open]
        if not found:
            why = batch.reasons[0] if batch.reasons else "it is empty"
            raise TaskError(
                f"The column for {task.name!r} holds no question ({why}): give texts, for example df['question']."
            )
        return Column(tuple(spread(found, MOST_ROWS)), self._choice(found, task), self._parts.settings.share_questions)

    def announce(self, column: Column, task: Task, rounds: int) -> None:
        """Say what of a column is sent, and what that costs; and where it looks like two tasks."""
        self._parts.tell(Note(f"{task.name}: {self._announcement(column, rounds)}"))
        if strange := strange_rows(column.questions, task):
            examples = "no example is" if not strange.examples else f"only {strange.examples} of the examples"
            self._parts.tell(
                Note(
                    f"{task.name}: these look like two tasks: {len(strange.rows)} of {strange.total} rows looked at are"
                    f" like {quoted(strange.question)}, and {examples}. Add such examples, or leave these rows out.",
                    "warning",
                )
            )

    def rounds(self, given: int | None) -> RoundOptions:
        """Return how rounds are done: as many as pay, at most the setting; or just as many as were given."""
        if given is None:
            return RoundOptions(self._parts.settings.coverage_rounds, self._pays)
        if isinstance(given, bool) or not isinstance(given, int) or given < 0:
            raise SettingsError(f"coverage_rounds = {given!r} is not a number of rounds: give 0 or more.")
        return RoundOptions(given, lambda _refused, _total, _cost: "")

    def direct_cost(self, column: Column, task: Task) -> str:
        """Say in a sentence what asking a strong model for each question of a column costs."""
        count = len(column.questions)
        answer = fmean(len(sample.answer or "") for sample in task.samples)
        estimate = self._parts.ledger.direct_estimate(
            self._parts.roles.name_of("direct"),
            self._parts.settings.base_url,
            instances=count,
            question_characters=sum(map(len, column.questions)),
            answer_characters=round(count * answer),
        )
        tokens_ = estimate.prompt_tokens + estimate.completion_tokens
        cost = "of unknown price" if estimate.cost_usd is None else f"{estimate.cost_usd:.4f} USD"
        return f"For the {count:,} questions of the column that is about {tokens_:,} tokens, {cost}."

    def _choice(self, found: list[str], task: Task) -> tuple[str, ...]:
        settings = self._parts.settings
        if not settings.share_questions:
            return ()
        leave_out = {sample.question for sample in task.all_samples}
        return choose_questions(found, leave_out, settings.column_questions, settings.column_tokens)

    def _announcement(self, column: Column, rounds: int) -> str:
        total = len(column.questions)
        if not column.share:
            return f"none of the {total:,} questions of the column is sent (share_questions is off)"
        if not column.shown:
            return f"no question of the column ({total:,} different ones) goes to the maker beside the examples"
        size = sum(map(tokens, column.shown))
        cost = self._parts.costs.of("maker", Usage(size, 0))
        price = "price unknown" if cost is None else f"about {cost:.4f} USD"
        return (
            f"{len(column.shown):,} of {total:,} questions of the column go to the maker, without answers:"
            f" about {size:,} tokens a request ({price}); what is refused goes back in at most {rounds} coverage rounds"
        )

    def _pays(self, refused: int, total: int, maker_cost: float | None) -> str:
        """Return why a round is not worth its call: "" where it is."""
        price = self._price_of_a_row()
        if price is not None and maker_cost:
            worth = refused * price
            if worth >= maker_cost:
                return ""
            return (
                f"no coverage round: asking a model for the {refused:,} refused rows costs about {worth:.4f} USD, the"
                f" round {maker_cost:.4f}. coverage_rounds=1 (--rounds 1) runs it"
            )
        if refused > _LEFT * total:
            return ""
        return (
            f"no coverage round: {refused:,} of {total:,} questions are refused, too few for a call."
            " coverage_rounds=1 (--rounds 1) runs it"
        )

    def _price_of_a_row(self) -> float | None:
        """Return what a user model's call costs in the mean, or by its list price where none was measured."""
        calls = self._parts.ledger.totals(("role", "recorded"))
        asked = next((total for total in calls if total.role == "user" and not total.recorded), None)
        mean_usd = asked.mean_usd if asked else None
        return self._parts.costs.of("user", _USER_CALL) if mean_usd is None else mean_usd
