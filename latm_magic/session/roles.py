"""Which model each role gets, built from the settings: endpoint or recording, with metering and limits around it.

The only file outside `models/` that handles keys and endpoints; making and solving see one `complete(...)`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from latm_magic.environment import api_key, named_key
from latm_magic.errors import ModelError
from latm_magic.events import Note, Writing
from latm_magic.models.endpoint import OPENAI_BASE_URL
from latm_magic.models.metered import MeteredModel
from latm_magic.models.offers import Offers, offers_of
from latm_magic.models.uncut import UncutModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from latm_magic.events import OnEvent
    from latm_magic.models.ledger import Ledger
    from latm_magic.models.model import Model, Reply, Request, Role
    from latm_magic.models.offers import Listed
    from latm_magic.models.openai import OpenAIModel
    from latm_magic.settings import Latm


def key_for(settings: Latm, explicit: str | None, profile: str) -> str:
    """Return the key for the address of now, "" where there is none: one endpoint's key never goes to another.

    `explicit` is the key that a session was given, while `profile` was chosen. Then come the name that a profile gives
    for its own address (environment variable, then keyring), and everywhere else LATM_API_KEY and OPENAI_API_KEY.
    """
    if explicit and settings.profile == profile:
        return explicit
    if endpoint := settings.endpoint:
        return named_key(endpoint.key_variable) if endpoint.key_variable else ""
    return api_key(None)


ROLES: tuple[Role, ...] = ("maker", "user", "dispatcher")
"""Those that a model can be named for."""
_LISTING_S = 20.0
_NO_ENDPOINT = (
    "There is no endpoint to ask: set OPENAI_API_KEY, or point base_url at Ollama, llama.cpp, vLLM or LM Studio, or "
    "choose a profile."
)


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
        if self.is_recorded:
            return "a recording"
        profile = f" (profile {endpoint.name})" if (endpoint := self._settings.endpoint) else ""
        return (self._settings.base_url or "the OpenAI endpoint") + profile

    def name_of(self, role: Role) -> str:
        """Return the name of the model of a role; "" while none is named."""
        settings = self._settings
        if override := self._override(role):
            return override.name
        maker, user = settings.maker_model, settings.user_model
        names = {"maker": maker, "direct": maker, "ask": maker, "user": user or maker}
        return names.get(role, settings.dispatcher_model or user or maker)

    def is_live(self, role: Role) -> bool:
        """Return whether a model answers for a role, yours or an endpoint's, and not a recording."""
        return self._override(role) is not None or (not self.is_recorded and bool(self.name_of(role)))

    def yours(self, role: Role) -> Model | None:
        """Return the model of yours that answers for a role; None where none was given."""
        return self._override(role)

    def model(self, role: Role) -> Model:
        """Return the model of a role, metered; raises `ModelError` of kind "settings" when none is named."""
        key = self._key()
        if key != self._made_with_key:
            self._made.clear()
            self._made_with_key = key
        if role not in self._made:
            self._made[role] = self._make(role)
        return self._made[role]

    def other(self, role: Role, model: str | Model) -> Model:
        """Return another model for a role, by name at this endpoint or one of yours, metered; raises `ModelError`."""
        if isinstance(model, str):
            return self._wrapped(self._recorded(role) if self.is_recorded else self._endpoint(role, model))
        return self._wrapped(model)

    def listed(self) -> tuple[Listed, ...]:
        """Return the models that the endpoint offers; raises `ModelError`, also where there is no endpoint."""
        from latm_magic.models.openai import list_models

        settings = self._settings
        if not (settings.base_url or self._key()):
            raise ModelError(_NO_ENDPOINT, kind="settings")
        self._check_key()
        return list_models(self._key(), settings.base_url or None, deadline_s=min(settings.deadline_s, _LISTING_S))

    def offers(self) -> Offers:
        """Return the models that the endpoint offers, with prices and the roles that use them; raises the same."""
        used: dict[str, str] = {role: self.name_of(role) for role in ROLES}
        base_url = self._settings.base_url or OPENAI_BASE_URL
        return offers_of(self.source, self.listed(), used, self._ledger.prices, base_url)

    def at(self, profile: str) -> Roles:
        """Return the models of another profile, those of now for ""; raises `SettingsError` where there is none."""
        if profile in ("", self._settings.profile):
            return self
        settings = self._settings.with_profile(profile)
        return Roles(settings, partial(key_for, settings, None, ""), self._ledger, {}, self._tell)

    def close(self) -> None:
        """Close the connections to endpoints, and end what is under way; the next call opens new ones."""
        for model in tuple(self._endpoints):
            model.close()

    def _override(self, role: Role) -> Model | None:
        for name in {"dispatcher": ("dispatcher", "user", "maker")}.get(role, (role, "maker")):
            if name in self._overrides:
                return self._overrides[name]
        return None

    def _make(self, role: Role) -> Model:
        return self._wrapped(
            self._override(role) or (self._recorded(role) if self.is_recorded else self._endpoint(role))
        )

    def _wrapped(self, inner: Model) -> Model:
        settings = self._settings
        metered: Model = MeteredModel(inner, self._ledger, budget_usd=settings.budget_usd, on_event=self._tell)
        return UncutModel(self._recording(metered) if settings.record else metered, settings.max_tokens)

    def _recording(self, metered: Model) -> Model:
        from latm_magic.models.recorded import RecordingModel

        settings = self._settings
        path = Path(settings.record).expanduser()
        return RecordingModel(metered, path, with_requests=settings.record_requests, on_event=self._tell)

    def _recorded(self, role: Role) -> Model:
        from latm_magic.models.recorded import RecordedModel, shipped_recordings

        paths = [Path(self._settings.replay).expanduser()] if self._settings.replay else list(shipped_recordings())
        # Without a key, what fits no tool is unknown; a recording that you named has to hold what it is asked.
        return RecordedModel(paths, otherwise="unknown" if role == "dispatcher" and not self._settings.replay else "")

    def trial(self, role: Role, hear: OnEvent, **options: Any) -> tuple[Model, Model]:
        """Return a model for a try-out of a role, in the ledger and the budget, and the model that it meters.

        `options` are those of `OpenAIModel`. Raises `LatmError` where none can be asked.
        """
        inner = self._override(role) or (self._recorded(role) if self.is_recorded else self._endpoint(role, **options))
        return MeteredModel(inner, self._ledger, budget_usd=self._settings.budget_usd, on_event=hear), inner

    def _endpoint(self, role: Role, name: str = "", **options: Any) -> Model:
        from latm_magic.models.openai import OpenAIModel

        settings = self._settings
        name = name or self.name_of(role)
        self._check_key()
        if not name:
            offered = tuple(each.name for each in self.listed())
            raise ModelError(_no_model_named(offered), kind="settings", role=role)
        usual: dict[str, Any] = {
            "deadline_s": settings.deadline_s,
            "max_retries": settings.max_retries,
            "stream": settings.stream,
            "on_wait": lambda _seconds, text: self._tell(Note(text)),
            # Of the questions of a batch, each on its own thread, nobody could read along.
            "on_text": (lambda end, characters: self._tell(Writing(role, end, characters)))
            if role in {"maker", "ask"}
            else None,
        }
        model = OpenAIModel(name, api_key=self._key(), base_url=settings.base_url or None, **{**usual, **options})
        self._endpoints.add(model)
        return model

    def _check_key(self) -> None:
        profile = self._settings.endpoint
        if profile and profile.key_variable and not self._key():
            raise ModelError(profile.no_key, kind="key")


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
    return f"No maker model is named: set one with %latm config --save maker_model=... or LATM_MAKER_MODEL.{has}"
