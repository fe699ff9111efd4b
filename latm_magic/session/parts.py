"""Who gets what: the parts of a session put together from its settings, and rebuilt where a setting changes.

Holds no feature of its own. `core.py` asks here for a maker, a verifier or a dispatcher and calls it.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latm_magic.cache.cache import Cache
from latm_magic.cache.loaded import LoadedTools
from latm_magic.errors import SettingsError
from latm_magic.events import Event, OnEvent, ignore
from latm_magic.making.adding import ModuleAdder
from latm_magic.making.growing import ToolGrower
from latm_magic.making.maker import MakerOptions, ToolMaker
from latm_magic.making.verifier import Verifier
from latm_magic.models.ledger import Ledger
from latm_magic.models.prices import Prices
from latm_magic.routing.project import Routing
from latm_magic.sandbox import Sandbox
from latm_magic.session.roles import Roles
from latm_magic.settings import home_folder
from latm_magic.sharing.admission import Admission
from latm_magic.sharing.team import SharedTools, ground_of
from latm_magic.solving.audit import Auditing, Watcher
from latm_magic.solving.context import Workshop
from latm_magic.solving.dask import ClusterRunner
from latm_magic.solving.dispatcher import Dispatcher
from latm_magic.tools.user import UserModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from latm_magic.models.model import Model, Reply, Request, Role
    from latm_magic.project import Project
    from latm_magic.settings import Latm
    from latm_magic.tool import ToolVersion

__all__ = ["Wiring"]

_SANDBOX_SETTINGS = ("timeout_s", "memory_mb", "max_workers", "extra_modules", "require_walls")


class Wiring:
    """The parts of one session."""

    def __init__(
        self,
        project: Project,
        settings: Latm,
        key: Callable[[], str],
        models: Mapping[str, Model],
        on_event: OnEvent = ignore,
        *,
        cluster: Any = None,
    ) -> None:
        """Keep what the parts are made of; nothing is opened, started or written yet."""
        self._cluster = cluster
        self.settings = settings
        self.cache = Cache(settings.cache_folder(project), home_folder())
        self.ledger = Ledger(self.cache.ledger, Prices(settings.prices))
        self.roles = Roles(settings, key, self.ledger, models, self._hear)
        self._on_event = on_event
        self._thread = threading.get_ident()
        self._heard: deque[Event] = deque(maxlen=1000)
        self._sandbox: Sandbox | None = None
        self._shelf = LoadedTools(self.cache)
        self.routing = Routing(self.cache)
        self._tools: tuple[ToolVersion, ...] = ()
        self.shared = SharedTools(
            lambda: [project.folder / Path(name).expanduser() for name in settings.tool_paths],
            lambda: ground_of(self.sandbox.policy_version, settings.extra_modules),
            self.cache,
            self.admission,
            self.tell,
        )
        settings.observe(lambda _change: self._close_sandbox(), names=list(_SANDBOX_SETTINGS))
        settings.observe(self._take_prices, names="prices")
        settings.observe(lambda _change: self._move_cache(settings.cache_folder(project)), names="cache_dir")

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox; its workers start with the first run."""
        if self._sandbox is None:
            self._sandbox = Sandbox(**self._sandbox_options())
        return self._sandbox

    def _sandbox_options(self) -> dict[str, Any]:
        """Give what a sandbox of this session is made with, here or on a cluster."""
        options = {name: getattr(self.settings, name) for name in _SANDBOX_SETTINGS}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}

    def _runner(self) -> Sandbox | ClusterRunner:
        if self._cluster is None:
            return self.sandbox
        return ClusterRunner(self._cluster, self.sandbox, self._sandbox_options())

    def tools(self) -> tuple[ToolVersion, ...]:
        """Give the current versions of all cached tools, then the shared ones; the same object while none changed."""
        own = self._shelf.tools()
        if not self.shared.offers():
            return own
        tools = (*own, *self.shared.tools({tool.name for tool in own}))
        if tools != self._tools:
            self._tools = tools
        return self._tools

    def tool(self, name: str, version: int | None = None) -> ToolVersion:
        """Give a cached tool, else the shared one of that name; raises `ToolNotFound`."""
        shared = self.shared.tool(name) if version is None and name not in self.cache.tools.names() else None
        return shared or self.cache.tools.get(name, version)

    def walls_for_imported(self) -> tuple[str, ...]:
        """Give the walls that what was made elsewhere must not run without."""
        return () if self.settings.allow_imported_without_seccomp else ("seccomp",)

    def admission(self) -> Admission:
        """Give the judge of tools that come from elsewhere."""
        return Admission(self.sandbox, self.verifier, require_walls=self.walls_for_imported(), on_event=self.tell)

    def walls_for(self, tool: ToolVersion) -> tuple[str, ...]:
        """Give the walls that a tool must not run without: seccomp for what was not made on this machine."""
        return () if self._shelf.is_trusted(tool) else self.walls_for_imported()

    def forget_tools(self) -> None:
        """Read the tools anew: one was changed under its version number."""
        self._shelf.forget()

    def maker(self, min_accuracy: float | None, show_held_out: bool | None) -> ToolMaker:
        """Give the maker; raises `ModelError` when no model is named."""
        options = self._maker_options(min_accuracy, show_held_out)
        return ToolMaker(self.roles.model("maker"), self.sandbox, self.verifier(), options, self.tell)

    def grower(self, tool: ToolVersion) -> ToolGrower:
        """Give what makes a tool's next version; raises `ModelError` when no model is named."""
        options = self._maker_options(None, None)
        return ToolGrower(self.roles.model("maker"), self.sandbox, self.verifier(tool), options, self.tell)

    def _maker_options(self, min_accuracy: float | None, show_held_out: bool | None) -> MakerOptions:
        settings = self.settings
        return MakerOptions(
            max_attempts=settings.max_attempts,
            temperature=settings.maker_temperature,
            max_tokens=settings.max_tokens,
            min_accuracy=self.min_accuracy(min_accuracy),
            show_held_out=settings.show_held_out if show_held_out is None else show_held_out,
            extra_modules=tuple(settings.extra_modules),
        )

    def adder(self) -> ModuleAdder:
        """Give what takes modules that you wrote."""
        return ModuleAdder(self.sandbox, self.verifier(), self.tell)

    def min_accuracy(self, given: float | None) -> float:
        """Give the accuracy that held-out samples need: the one given, else the setting; raises `SettingsError`."""
        if given is None:
            return self.settings.min_accuracy
        if not 0.0 <= given <= 1.0:
            raise SettingsError(f"The minimal accuracy {given} is no share: give a number from 0 to 1.")
        return given

    def verifier(self, tool: ToolVersion | None = None) -> Verifier:
        """Give the verifier, with the walls that `tool` needs when it comes from elsewhere."""
        walls = self.walls_for(tool) if tool else ()
        return Verifier(
            self.sandbox, policy=self.sandbox.policy_version, ask_user=self._user().answer, require_walls=walls
        )

    def dispatcher(self, *, direct: bool = False) -> Dispatcher:
        """Give a dispatcher over the tools that are cached now; with `direct` the strong model answers the unknown."""
        workshop = Workshop(
            runner=self._runner(),
            cache=self.cache,
            routing=self.routing,
            user=self._user(),
            dispatcher=_Later(self.roles, "dispatcher"),
            direct=self.direct(),
            walls_for=self.walls_for,
            concurrency=self.settings.concurrency,
            suspects=self.cache.tools.suspects(),
        )
        return Dispatcher(self.tools(), workshop, self.tell, direct=direct)

    def watcher(self) -> Watcher:
        """Give what checks answers against the strong model; nothing is checked where a recording stands in for it."""
        settings = self.settings
        model = self.direct() if self.roles.is_live("direct") else None
        auditing = Auditing(settings.audit_first, settings.audit_rate, settings.audit_bound)
        return Watcher(
            self.cache,
            model,
            auditing,
            estimate=self.direct_cost,
            concurrency=settings.concurrency,
            on_event=self.tell,
        )

    def direct(self) -> Model:
        """Give the strong model, which is looked up when it is first asked."""
        return _Later(self.roles, "direct")

    def direct_cost(self, requests: Sequence[Request], answer_characters: int) -> str:
        """Estimate in words what asking the strong model will cost; `answer_characters` are those of all answers."""
        estimate = self.ledger.direct_estimate(
            self.roles.name_of("direct"),
            self.settings.base_url,
            instances=len(requests),
            question_characters=sum(len(message.content) for each in requests for message in each.messages),
            answer_characters=answer_characters,
        )
        return "its price is unknown" if estimate.cost_usd is None else f"about {estimate.cost_usd:.4f} USD"

    def _user(self) -> UserModel:
        return UserModel(_Later(self.roles, "user"), self.sandbox, walls_for=self.walls_for)

    @contextmanager
    def listening(self, on_event: OnEvent | None) -> Iterator[None]:
        """Tell events of this thread to `on_event` meanwhile (None: to whoever listened before)."""
        before = self._on_event, self._thread
        self._on_event, self._thread = on_event or self._on_event, threading.get_ident()
        try:
            yield
        finally:
            self._on_event, self._thread = before

    def tell(self, event: Event) -> None:
        """Tell an event to whoever listens, after what was heard on other threads meanwhile."""
        while self._heard:
            self._on_event(self._heard.popleft())
        self._on_event(event)

    def _hear(self, event: Event) -> None:
        """Pass on what the models tell, on the thread that listens."""
        if threading.get_ident() == self._thread:
            self.tell(event)
        else:
            self._heard.append(event)

    def _take_prices(self, change: Any) -> None:
        """Take new prices; ones that are none are put back before it is said, so that the old ones go on."""
        try:
            self.ledger.prices = Prices(self.settings.prices)
        except SettingsError:
            self.settings.set_trait("prices", change["old"])
            raise

    def _move_cache(self, folder: Path) -> None:
        self.routing.save()
        self.cache.move_to(folder)
        self.routing = Routing(self.cache)
        self.forget_tools()

    def _close_sandbox(self) -> None:
        sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.close()

    def close(self) -> None:
        """Stop the workers and close the cache; both open anew when they are needed again."""
        self.routing.save()
        self._close_sandbox()
        self.cache.close()


class _Later:
    """A role's model, looked up when it is first asked: most questions need none, so none has to be named."""

    def __init__(self, roles: Roles, role: Role) -> None:
        self._roles = roles
        self._role = role

    @property
    def name(self) -> str:
        return self._roles.name_of(self._role)

    def complete(self, request: Request) -> Reply:
        return self._roles.model(self._role).complete(request)
