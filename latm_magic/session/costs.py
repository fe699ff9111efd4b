"""What model calls of a session will cost, and what is left for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.models.model import Usage, most_completion_tokens, most_prompt_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.models.ledger import CallEstimate, Ledger
    from latm_magic.models.model import Request, Role
    from latm_magic.session.roles import Roles
    from latm_magic.settings import Latm
    from latm_magic.solving.open_questions import OpenQuestion


class Costs:
    """Estimates by the models that are named now, and by what earlier calls of the project took."""

    def __init__(self, settings: Latm, ledger: Ledger, roles: Roles) -> None:
        self._settings = settings
        self._ledger = ledger
        self._roles = roles

    def of_calls(self, questions: Sequence[OpenQuestion], calls: int) -> CallEstimate:
        """Estimate what calls about these questions cost: as earlier ones of this project did, else by their length."""
        characters = sum(len(question.text) for question in questions)
        return self._ledger.call_estimate(
            self._roles.name_of("user"), self._settings.base_url, calls=calls, question_characters=characters
        )

    def of_direct(self, requests: Sequence[Request], answer_characters: int) -> str:
        """Estimate in words what asking the strong model will cost; `answer_characters` are those of all answers."""
        estimate = self._ledger.direct_estimate(
            self._roles.name_of("direct"),
            self._settings.base_url,
            instances=len(requests),
            question_characters=sum(len(message.content) for each in requests for message in each.messages),
            answer_characters=answer_characters,
        )
        return "its price is unknown" if estimate.cost_usd is None else f"about {estimate.cost_usd:.4f} USD"

    def of(self, role: Role, usage: Usage) -> float | None:
        """Return what `usage` costs of a role's model, in US dollars; None = unknown price."""
        return self._ledger.prices.cost_usd(self._roles.name_of(role), usage, self._settings.base_url)

    def most_usd(self, model: str, request: Request) -> float | None:
        """Return what a request to a model may cost at most, in US dollars; None = unknown price."""
        if not self._roles.is_live(request.role):
            return 0.0
        usage = Usage(most_prompt_tokens(request), most_completion_tokens(request))
        return self._ledger.prices.most_usd(model, usage, self._settings.base_url)

    def budget_left(self) -> float | None:
        """Return what may still be spent, in US dollars, calls under way counted; None = no budget."""
        budget, spending = self._settings.budget_usd, self._ledger.spending
        return None if budget is None else max(0.0, budget - spending.spent_usd - spending.reserved_usd)
