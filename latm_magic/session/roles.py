"""Which model each role gets, built from the settings: endpoint or recording, with metering and limits around it.

The only file outside `models/` that handles keys and endpoints; making and solving see one `complete(...)`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from latm_magic.errors import ModelError
from latm_magic.events import Note, Writing
from latm_magic.models.metered import MeteredModel
from latm_magic.models.uncut import UncutModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latm_magic.events import OnEvent
    from latm_magic.models.ledger import Ledger
    from latm_magic.models.model import Model, Reply, Request, Role
    from latm_magic.models.openai import OpenAIModel
    from latm_magic.settings import Latm


class Roles:
    """The models of a session by role, each made at its first use, and again when settings or the key change."""

    def __init__(
        self,
        settings: Latm,
        key: Callable[[], str],
        ledger: Ledger,
        overrides: Mapping[str, Model],
        on_event: OnEvent,
    ) -> None:
        """Take your own models by role as `overrides`; `key` returns the current key, which only the clients keep."""
        self._settings = settings
        self._key = key
        self._ledger = ledger
        self._overrides = dict(overrides)
        self._tell = on_event
        self._made: dict[Role, Model] = {}
        self._made_with_key = ""
        self._endpoints: WeakSet[OpenAIModel] = WeakSet()
        settings.observe(lambda _change: self._made.clear())

    @property
    def has_key(self) -> bool:
        """Whether there is a key."""
        return bool(self._key())

    @property
    def is_recorded(self) -> bool:
        """Whether a recording replaces the models, because you named one or there is neither key nor endpoint."""
        settings = self._settings
        return bool(settings.replay) or not (self._key() or settings.base_url)

    @property
    def source(self) -> str:
        """Where replies come from: "models of yours", "a recording" or an endpoint's address."""
        if self._overrides:
            return "models of yours"
        return "a recording" if self.is_recorded else self._settings.base_url or "the OpenAI endpoint"

    def name_of(self, role: Role) -> str:
        """Return the name of the model of a role; "" while none is named."""
        settings = self._settings
        if override := self._override(role):
            return override.name
        maker, user = settings.maker_model, settings.user_model
        names = {"maker": maker, "direct": maker, "user": user or maker}
        return names.get(role, settings.dispatcher_model or user or maker)

    def is_live(self, role: Role) -> bool:
        """Return whether a model answers for a role, yours or an endpoint's, and not a recording."""
        return self._override(role) is not None or (not self.is_recorded and bool(self.name_of(role)))

    def model(self, role: Role) -> Model:
        """Return the model of a role, metered; raises `ModelError` of kind "settings" when none is named."""
        key = self._key()
        if key != self._made_with_key:
            self._made.clear()
            self._made_with_key = key
        if role not in self._made:
            self._made[role] = self._make(role)
        return self._made[role]

    def close(self) -> None:
        """Close the connections to endpoints, and end what is under way; the next call opens new ones."""
        for model in tuple(self._endpoints):
            model.close()

    def _override(self, role: Role) -> Model | None:
        for name in {"direct": ("direct", "maker"), "dispatcher": ("dispatcher", "user", "maker")}.get(
            role, (role, "maker")
        ):
            if name in self._overrides:
                return self._overrides[name]
        return None

    def _make(self, role: Role) -> Model:
        settings = self._settings
        inner = self._override(role) or (self._recorded() if self.is_recorded else self._endpoint(role))
        metered: Model = MeteredModel(inner, self._ledger, budget_usd=settings.budget_usd, on_event=self._tell)
        return UncutModel(self._recording(metered) if settings.record else metered, settings.max_tokens)

    def _recording(self, metered: Model) -> Model:
        from latm_magic.models.recorded import RecordingModel

        settings = self._settings
        path = Path(settings.record).expanduser()
        return RecordingModel(metered, path, with_requests=settings.record_requests, on_event=self._tell)

    def _recorded(self) -> Model:
        from latm_magic.models.recorded import RecordedModel, shipped_recordings

        paths = [Path(self._settings.replay).expanduser()] if self._settings.replay else list(shipped_recordings())
        return RecordedModel(paths)

    def _endpoint(self, role: Role) -> Model:
        from latm_magic.models.openai import OpenAIModel, list_models

        settings = self._settings
        name = self.name_of(role)
        if not name:
            offered = list_models(api_key=self._key(), base_url=settings.base_url or None)
            raise ModelError(_no_model_named(offered), kind="settings", role=role)
        model = OpenAIModel(
            name,
            api_key=self._key(),
            base_url=settings.base_url or None,
            deadline_s=settings.deadline_s,
            max_retries=settings.max_retries,
            stream=settings.stream,
            on_wait=lambda _seconds, text: self._tell(Note(text)),
            # Of the questions of a batch, each on its own thread, nobody could read along.
            on_text=(lambda end, characters: self._tell(Writing(role, end, characters))) if role == "maker" else None,
        )
        self._endpoints.add(model)
        return model


class Later:
    """A role's model, looked up when it is first asked: most questions need none, so none has to be named."""

    def __init__(self, roles: Roles, role: Role) -> None:
        self._roles = roles
        self._role = role

    @property
    def name(self) -> str:
        """The name of the role's model now."""
        return self._roles.name_of(self._role)

    def complete(self, request: Request) -> Reply:
        """Answer through the role's model of now."""
        return self._roles.model(self._role).complete(request)


def _no_model_named(offered: tuple[str, ...]) -> str:
    shown = ", ".join(offered[:12]) + (f" and {len(offered) - 12} more" if len(offered) > 12 else "")  # noqa: PLR2004
    has = f" The endpoint offers: {shown}." if offered else ""
    return f"No maker model is named: set one with %config Latm.maker_model = '...' or LATM_MAKER_MODEL.{has}"
