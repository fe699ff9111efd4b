"""The parts of a session: put together from its settings, and built anew where a setting changes.

Holds no feature of its own. The services of a session ask here for a maker, a verifier or a dispatcher, and call it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latm_magic.cache.cache import Cache, LoadedTools
from latm_magic.environment import home_folder
from latm_magic.errors import SettingsError
from latm_magic.events import EventRelay, Note, OnEvent, ignore
from latm_magic.making.asking import MakerOptions
from latm_magic.making.growing import ToolGrower
from latm_magic.making.judge import Judge
from latm_magic.making.maker import ToolMaker
from latm_magic.making.verifier import Verifier
from latm_magic.models.ledger import Ledger
from latm_magic.models.prices import Prices
from latm_magic.project import located
from latm_magic.routing.kinds import router_of
from latm_magic.routing.project import ProjectRouter
from latm_magic.sandbox import Sandbox
from latm_magic.session.costs import Costs
from latm_magic.session.roles import Later, Roles
from latm_magic.sharing.admission import Admission
from latm_magic.sharing.team import SharedTools, ground_of
from latm_magic.solving.audit import AuditOptions, Auditor
from latm_magic.solving.context import SolvingContext, ToolNames
from latm_magic.solving.dask import DaskRunner
from latm_magic.solving.dispatcher import Dispatcher
from latm_magic.solving.economy import AskOptions, Economy
from latm_magic.solving.pace import Pace, PacedModel
from latm_magic.tool import ToolVersion
from latm_magic.tools.runner import ToolRunner
from latm_magic.tools.user import UserModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from latm_magic.models.model import Model
    from latm_magic.project import Project
    from latm_magic.settings import Latm
    from latm_magic.solving.context import Untested
    from latm_magic.tool import Proposal
    from latm_magic.workflows.served import Served

_SANDBOX_SETTINGS = ("timeout_s", "memory_mb", "max_workers", "workers_mb", "extra_modules", "require_walls")


class Parts:
    """The parts of one session."""

    def __init__(
        self,
        project: Project,
        settings: Latm,
        key: Callable[[], str],
        models: Mapping[str, Model | None],
        on_event: OnEvent = ignore,
        *,
        cluster: Any = None,
    ) -> None:
        """Keep what the parts are made of; nothing is opened, started or written yet."""
        self.cluster = cluster
        """The client of a Dask cluster, or None."""
        self.settings = settings
        self.cache = Cache(settings.cache_folder(project), home_folder())
        self.events = EventRelay(on_event)
        self.tell = self.events.tell
        prices = Prices(settings.prices, may_lower=not settings.prices_are_a_projects)
        self.ledger = Ledger(self.cache.ledger, prices, self.events.hear)
        given = {role: model for role, model in models.items() if model is not None}
        self.roles = Roles(settings, key, self.ledger, given, self.events.hear)
        self.costs = Costs(settings, self.ledger, self.roles)
        self._sandbox: Sandbox | None = None
        self._loaded = LoadedTools(self.cache)
        self.routing = ProjectRouter(self.cache, router_of(settings.router))
        self._tools: tuple[ToolVersion, ...] = ()
        self._by_name = ToolNames()
        self.served: Served | None = None
        """The flows that questions are sent to, once the session has them."""
        self.shared = SharedTools(
            lambda: located(project.folder, tuple(settings.tool_paths)),
            lambda: ground_of(self.sandbox.policy_version, settings.extra_modules),
            self.cache,
            self.admission,
            self.tell,
        )
        settings.observe(lambda _change: self._retire_sandbox(), names=list(_SANDBOX_SETTINGS))
        settings.observe(self._take_prices, names="prices")
        settings.observe(self._take_router, names="router")
        settings.observe(lambda _change: self._move_cache(settings.cache_folder(project)), names="cache_dir")

    def warm(self) -> None:
        """Have the sandbox start while tools and router are read, or a model is asked."""
        if self.cluster is None:
            self.sandbox.warm()

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox; its workers start with the first run."""
        if self._sandbox is None:
            self._sandbox = Sandbox(**self.sandbox_options())
        return self._sandbox

    def sandbox_options(self) -> dict[str, Any]:
        """Return what a sandbox of this session is made with, here or on a cluster."""
        options = {name: getattr(self.settings, name) for name in _SANDBOX_SETTINGS}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}

    def runner(self) -> ToolRunner:
        """Return what runs tools, on the cluster where there is one."""
        if self.cluster is None:
            return ToolRunner(self.sandbox, self.walls_for)
        return DaskRunner(self.sandbox, self.walls_for, self.cluster, self.sandbox_options())

    def tools(self) -> tuple[ToolVersion, ...]:
        """Return the current versions of all cached tools, then the shared ones; the same object while none changed."""
        return self._with_shared(self._loaded.tools())

    def _with_shared(self, own: tuple[ToolVersion, ...]) -> tuple[ToolVersion, ...]:
        if not self.shared.offers():
            return own
        tools = (*own, *self.shared.tools({tool.name for tool in own}))
        if tools != self._tools:
            self._tools = tools
        return self._tools

    def tool(self, name: str, version: int | None = None) -> ToolVersion:
        """Return a cached tool, else the shared one of that name; raises `ToolNotFound`."""
        shared = self.shared.tool(name) if version is None and name not in self.cache.tools.names() else None
        return shared or self.cache.tools.get(name, version)

    def walls_for(self, tool: Proposal) -> tuple[str, ...]:
        """Return the walls that a tool must not run without: seccomp for what was not made on this machine."""
        if isinstance(tool, ToolVersion) and tool.way != "flow":  # a flow is sealed with its parser
            is_ours = self._loaded.is_trusted(tool)
        else:
            is_ours = not tool.provenance.imported_from
        return () if is_ours else self._walls_for_imported()

    def _walls_for_imported(self) -> tuple[str, ...]:
        return () if self.settings.allow_imported_without_seccomp else ("seccomp",)

    def admission(self) -> Admission:
        """Return the judge of tools that come from elsewhere."""
        judge = Judge(self.sandbox, self.verifier(stop_early=True))
        return Admission(judge, self.runner(), self.sandbox.walls, self._walls_for_imported(), self.tell)

    def forget_tools(self) -> None:
        """Read the tools anew: one was changed under its version number."""
        self._loaded.forget()

    def maker(self, min_accuracy: float | None, show_held_out: bool | None) -> ToolMaker:
        """Return the maker; raises `ModelError` when no model is named."""
        options = self.maker_options(min_accuracy, show_held_out)
        self.warm()
        return ToolMaker(self.roles.model("maker"), self.judge(), options, self.tell)

    def grower(self, tool: ToolVersion) -> ToolGrower:
        """Return what makes a tool's next version; raises `ModelError` when no model is named."""
        options = self.maker_options(None, None)
        # What grows out of a tool runs behind the walls that the tool needs.
        verifier = self._verifier_on(ToolRunner(self.sandbox, lambda _next: self.walls_for(tool)))
        return ToolGrower(self.roles.model("maker"), self.sandbox, verifier, options, self.tell)

    def maker_options(self, min_accuracy: float | None = None, show_held_out: bool | None = None) -> MakerOptions:
        """Return what a maker is asked with, by the settings where nothing is given."""
        settings = self.settings
        return MakerOptions(
            max_attempts=settings.max_attempts,
            temperature=settings.maker_temperature,
            max_tokens=settings.max_tokens,
            min_accuracy=self.min_accuracy(min_accuracy),
            show_held_out=settings.show_held_out if show_held_out is None else show_held_out,
            extra_modules=tuple(settings.extra_modules),
        )

    def judge(self) -> Judge:
        """Return what judges modules that a maker or you wrote."""
        return Judge(self.sandbox, self.verifier())

    def min_accuracy(self, given: float | None) -> float:
        """Return the accuracy that held-out samples need: the one given, else the setting; raises `SettingsError`."""
        if given is None:
            return self.settings.min_accuracy
        if not 0.0 <= given <= 1.0:
            raise SettingsError(f"The minimal accuracy {given} is not a share: give a number from 0 to 1.")
        return given

    def verifier(self, *, stop_early: bool = False) -> Verifier:
        """Return the verifier of proposals and tools."""
        return self._verifier_on(self.runner(), stop_early=stop_early)

    def _verifier_on(self, runner: ToolRunner, *, stop_early: bool = False) -> Verifier:
        ask_user = self._user(runner).answer
        return Verifier(runner, policy=self.sandbox.policy_version, ask_user=ask_user, stop_early=stop_early)

    def dispatcher(
        self, *, direct: bool = False, ask: bool | None = None, retry: bool = False, untested: Untested | None = None
    ) -> Dispatcher:
        """Return a dispatcher over today's tools; with `direct` the strong model answers what is unknown.

        `ask` and `retry` are those of `AskOptions`; `untested` takes the place of the setting.
        """
        self.warm()
        known, runner, pace = self._loaded.now(), self.runner(), Pace(self.settings.deadline_s, self._tell_pause)
        tools, setting, go_on = self._with_shared(known.tools), self.settings.untested, None
        asked_before = None
        if self.served is not None:
            tools, runner = self.served.among(tools), self.served.runner(runner)
            go_on, asked_before = runner.go_on, runner.asked_before
        context = SolvingContext(
            runner=runner,
            cache=self.cache,
            routing=self.routing,
            user=UserModel(PacedModel(Later(self.roles, "user"), pace), runner),
            dispatcher=PacedModel(Later(self.roles, "dispatcher"), pace),
            direct=PacedModel(self.direct(), pace),
            pace=pace,
            concurrency=self.settings.concurrency,
            economy=self._economy(AskOptions(ask, self.settings.ask_above, retry, direct)),
            suspects=known.suspects,
            has_answers=known.has_answers,
            by_name=self._by_name,
            go_on=go_on,
            asked_before=asked_before,
            # Where no model is asked, an answer to ask about stays, with its mark.
            untested=untested or ("mark" if ask is False and setting == "ask" else setting),
        )
        return Dispatcher(tools, context, self.tell, direct=direct)

    def _economy(self, options: AskOptions) -> Economy:
        return Economy(
            options, self.cache.unanswered, self._asked_models, self.costs.of_calls, self.costs.budget_left, self.tell
        )

    def _asked_models(self) -> list[str]:
        return [self.roles.name_of(role) for role in ("dispatcher", "user", "direct")]

    def auditor(self) -> Auditor | None:
        """Return what checks answers against the strong model, if any are checked; a recording checks nothing."""
        settings = self.settings
        if not (settings.audit_first or settings.audit_rate):
            return None
        model = self.direct() if self.roles.is_live("direct") else None
        options = AuditOptions(settings.audit_first, settings.audit_rate, settings.audit_bound)
        return Auditor(self.cache, model, options, self.costs.of_direct, settings.concurrency, self.tell)

    def direct(self) -> Model:
        """Return the strong model, which is looked up when it is first asked."""
        return Later(self.roles, "direct")

    def _tell_pause(self, seconds: float) -> None:
        self.events.hear(Note(f"The endpoint limits the rate: the batch pauses for {seconds:.0f} s."))

    def _user(self, runner: ToolRunner) -> UserModel:
        return UserModel(Later(self.roles, "user"), runner)

    def _take_prices(self, change: Any) -> None:
        """Take new prices; where they are not prices, put the old ones back and raise `SettingsError`."""
        try:
            self.ledger.prices = Prices(self.settings.prices, may_lower=not self.settings.prices_are_a_projects)
        except SettingsError:
            self.settings.set_trait("prices", change["old"])
            raise

    def _take_router(self, change: Any) -> None:
        """Have another router learn the tools; where it cannot run here, put the old one back and raise."""
        try:
            make_router = router_of(change["new"])
        except SettingsError:
            self.settings.set_trait("router", change["old"])
            raise
        self.routing.save()
        self.routing = ProjectRouter(self.cache, make_router)

    def _move_cache(self, folder: Path) -> None:
        self.routing.save()
        self.cache.move_to(folder)
        self.routing = ProjectRouter(self.cache, router_of(self.settings.router))
        self.forget_tools()

    def _retire_sandbox(self) -> None:
        sandbox = self._sandbox
        if sandbox is not None:
            # Another thread may be amid a batch; an interrupt may come, and then this is asked again.
            sandbox.retire()
        self._sandbox = None

    def close(self) -> None:
        """Stop the workers, close connections and cache; all open anew when they are needed again."""
        self.roles.close()
        self.routing.save()
        self._retire_sandbox()
        self.cache.close()
