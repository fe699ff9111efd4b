"""Every setting: its default, its check and its help text, in one traitlets class; and the order in which sources win.

Keyword or magic option first, then `%config Latm`, environment, `ipython_config.py`, your own file, project file,
default; what a profile says stands just below what is set where it is chosen. A project comes from a stranger, so it
stands below all that you set, and tightens a default limit but never loosens it. The key is not a trait, because
`%config` would print it. The rule for defaults: a number stands here alone, and what uses it below `session/` takes it
as an argument without a default. `sources.py` reads the sources.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Bool, CaselessStrEnum, Dict, Float, Int, List, TraitError, Unicode, observe
from traitlets.config import Config, Configurable

from latm_magic.errors import SettingsError, did_you_mean
from latm_magic.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.own_file import Profile, ProfileChoice
    from latm_magic.project import Project

_YOURS = "because a cloned repository must not decide it. Set it yourself: %config Latm.{}, LATM_{} or a keyword."
_ROUTERS = ["lexical", "linear", "gru", "transformer", "embedding"]
_LARGEST, _LONGEST_S = 1_000_000_000, 1_000_000
"""The system's clocks and waits take a little more."""


class _Number(Float[float, Any]):
    """A number that every limit holds against: NaN would pass them all, and infinity is none."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Return `value` as a float; raises `TraitError`."""
        if isinstance(value, int | float) and not abs(value) <= _LARGEST:
            raise TraitError(f"{self.name} is not a number up to {_LARGEST:,}.")
        return super().validate(obj, value)


class Latm(Configurable):
    """Settings of latm_magic: `%config Latm.NAME = value` changes one, `%latm config` lists all and their sources."""

    maker_model = Unicode("", help="Model that writes tools, for example 'gpt-5'. Needed once there is a key.").tag(
        config=True, project=True
    )
    user_model = Unicode("", help="Light model that turns a question into a call. Empty: maker_model.").tag(
        config=True, project=True
    )
    dispatcher_model = Unicode("", help="Light model that chooses a tool. Empty: user_model.").tag(
        config=True, project=True
    )
    base_url = Unicode("", help="Address of an OpenAI-compatible endpoint, for example http://localhost:11434/v1.").tag(
        config=True
    )
    profile = Unicode("", help="Named endpoint of your own file: its address, models and key. Empty: none.").tag(
        config=True
    )
    stream = Bool(True, help="Ask endpoints to stream replies; one that does not is asked without.").tag(config=True)
    deadline_s = _Number(120.0, min=1.0, max=_LONGEST_S, help="Seconds for one model call, retries included.").tag(
        config=True, project=True, limit="most"
    )
    max_retries = Int(2, min=0, max=10, help="How often a failed model call is tried again.").tag(
        config=True, project=True, limit="most"
    )
    max_attempts = Int(4, min=1, max=20, help="Proposals a maker may make for one tool, the first included.").tag(
        config=True, project=True, limit="most"
    )
    max_tokens = Int(
        32_768,
        allow_none=True,
        min=64,
        max=_LARGEST,
        help="Upper limit of tokens in a model's reply, thinking included; a maker's that is cut off is continued."
        " None: as many as the endpoint allows; a budget sets 131,072 aside for each.",
    ).tag(config=True, project=True, limit="most")
    maker_temperature = _Number(0.3, min=0.0, max=2.0, help="Sampling temperature for making (0.3 in the paper).").tag(
        config=True, project=True
    )
    min_accuracy = _Number(
        1.0, min=0.0, max=1.0, help="Share of the answered held-out examples that must be right (0 to 1)."
    ).tag(config=True, project=True, limit="least")
    show_held_out = Bool(
        True, help="Show the maker a held-out example that failed; it counts as seen from then on."
    ).tag(config=True, project=True, limit="most")
    column_questions = Int(
        40, min=0, max=1000, help="Unlabelled questions of a column that a maker is shown; 0: none."
    ).tag(config=True, project=True, limit="most")
    column_tokens = Int(6000, min=0, max=_LARGEST, help="Tokens that those questions may take in one request.").tag(
        config=True, project=True, limit="most"
    )
    coverage_rounds = Int(
        2, min=0, max=20, help="How often at most the questions of a column that a tool refuses go back to the maker."
    ).tag(config=True, project=True, limit="most")
    share_questions = Bool(
        True, help="Show a maker questions of a column; without, no row that has no label leaves your machine for it."
    ).tag(config=True, project=True, limit="most")
    budget_usd = _Number(
        None,
        allow_none=True,
        min=0.0,
        max=_LARGEST,
        help="US dollars that one session may spend on models; None: no limit.",
    ).tag(config=True, project=True, limit="most")
    prices = Dict(help="US dollars for a million tokens, by model: {'my-model': {'input': 0.2, 'output': 0.8}}.").tag(
        config=True, project=True
    )
    timeout_s = _Number(5.0, min=0.01, max=_LONGEST_S, help="Seconds that one run of guest code may take.").tag(
        config=True, project=True, limit="most"
    )
    memory_mb = Int(512, min=64, max=_LARGEST, help="Megabytes that one worker may use.").tag(
        config=True, project=True, limit="most"
    )
    max_workers = Int(
        None,
        allow_none=True,
        min=1,
        max=_LARGEST,
        help="Worker processes at most, busy and idle together; None: as many as workers_mb has room for.",
    ).tag(config=True, project=True, limit="most")
    workers_mb = Int(
        None,
        allow_none=True,
        min=1,
        max=_LARGEST,
        help="Megabytes that all workers may take before the longest unused ones are ended; None: a quarter of the"
        " memory, at most 4096.",
    ).tag(config=True)
    concurrency = Int(4, min=1, max=64, help="Model calls under way at once in a batch.").tag(
        config=True, project=True, limit="most"
    )
    ask_above = Int(
        50, min=0, max=_LARGEST, help="Model calls of one solve above which you are asked first (--ask makes them)."
    ).tag(config=True, project=True, limit="most")
    audit_first = Int(
        0,
        min=0,
        max=_LARGEST,
        help="How many first accepted answers of a tool the strong model checks; a recording checks none.",
    ).tag(config=True, project=True)
    audit_rate = _Number(0.0, min=0.0, max=1.0, help="Share of later answers that the strong model checks.").tag(
        config=True, project=True
    )
    audit_bound = _Number(
        0.9, min=0.0, max=1.0, help="Share of checked answers that must agree; a tool below it is suspect (0 to 1)."
    ).tag(config=True, project=True, limit="least")
    router = CaselessStrEnum(
        _ROUTERS, "lexical", help="What finds the likely tool; all but 'lexical' are trained, and need the torch extra."
    ).tag(config=True)
    untested = CaselessStrEnum(
        ["mark", "ask", "refuse"],
        "mark",
        help="What becomes of an answer that ran through a branch which neither verified examples ran nor rows that the"
        " maker was shown.",
    ).tag(config=True, project=True)
    cache_dir = Unicode("", help="Folder of the tool cache. Empty: .latm in the project.").tag(config=True)
    tool_paths = List(
        Unicode(), default_value=["latm_tools"], help="Folders or notebooks with shared tools, relative to the project."
    ).tag(config=True)
    record = Unicode("", help="File that every exchange with a model is recorded in.").tag(config=True)
    record_requests = Bool(False, help="Record the requests too, not only their hashes.").tag(config=True)
    replay = Unicode("", help="Recording that stands in for all models.").tag(config=True)
    extra_modules = List(Unicode(), help="Modules that guest code may import besides the allow-list.").tag(config=True)
    require_walls = List(
        CaselessStrEnum(["process", "limits", "not_root", "no_new_privs", "landlock", "seccomp"]),
        help="Walls of the sandbox that must be up; else nothing runs.",
    ).tag(config=True)
    allow_imported_without_seccomp = Bool(
        False, help="Run tools that were not made on this machine even where the seccomp wall is missing."
    ).tag(config=True)

    sources: dict[str, str]
    """Where each setting that is not at its default came from."""
    refused: set[str]  # what `%config` gave another value than it can have, until it is set again
    _project_prices: Any = None
    choice: ProfileChoice | None = None
    """What `profile` names; None where your own file is not read."""

    def __init__(self, **keywords: Any) -> None:
        """Take the keywords of traitlets: `parent` or `config` bring the values of `ipython_config.py`."""
        self.sources, self.refused = {}, set()
        super().__init__(**keywords)
        self.sources |= dict.fromkeys(self.config.get("Latm", {}), "ipython_config")

    def update_config(self, config: Config) -> None:
        """Take values of `%config`, which only prints what is wrong with them, and remember where they came from."""
        self.refused |= {*(names := config.get("Latm", {}))}
        super().update_config(config)
        self.refused -= {*names}
        self.sources |= dict.fromkeys(names, "%config")

    @observe("profile")
    def _take_profile(self, change: Any) -> None:
        if self.choice is None:
            return
        try:
            self.choice.take(self, change["new"])
        except SettingsError:
            self.set_trait("profile", change["old"])
            raise

    @property
    def endpoint(self) -> Profile | None:
        """The profile whose address requests go to: its key goes there, and nowhere else."""
        profile = self.choice.profile if self.choice else None
        return profile if profile and profile.settings["base_url"] == self.base_url else None

    def with_profile(self, name: str) -> Latm:
        """Return a copy of these settings in which another profile is chosen; raises `SettingsError`."""
        other = Latm()
        for each, value, source, _ in self.listing():
            other.put(each, value, source)
        other.sources = dict(self.sources)
        other.choice = self.choice.copy() if self.choice else None
        other.put("profile", name, "keyword")
        return other

    @classmethod
    def names(cls, **metadata: Any) -> tuple[str, ...]:
        """Return the names of all settings, or of those with that metadata, sorted."""
        return tuple(sorted(cls.class_trait_names(config=True, **metadata)))

    def put(self, name: str, value: Any, source: str) -> None:
        """Set one setting; raises `SettingsError` for an unknown name or a value of the wrong kind."""
        if name not in self.names():
            raise SettingsError(f"{source}: no setting {name!r}.{did_you_mean(name, self.names())}")
        try:
            setattr(self, name, value)
        except (TraitError, ValueError):
            raise SettingsError(f"{source}: {name} = {shown(value)} is not {self._wanted(name)}.") from None
        self.sources[name] = source

    def put_all(self, values: Iterable[tuple[str, Any, str]]) -> None:
        """Set settings of one rank, as (name, value, source): a profile first, what is named beside it wins."""
        for name, value, source in sorted(values, key=lambda each: each[0] != "profile"):
            self.put(name, value, source)

    def _wanted(self, name: str) -> str:
        trait = self.traits()[name]
        bounds = [
            f"{word} {edge:,.10g}"
            for word, edge in (("at least", getattr(trait, "min", None)), ("at most", getattr(trait, "max", None)))
            if edge is not None
        ]
        inner = f" of {trait._trait.info()}" if isinstance(trait, List) and trait._trait else ""  # noqa: SLF001
        return " ".join([trait.info() + inner, " and ".join(bounds)]).strip() + f" ({trait.help.rstrip('.')})"

    def cache_folder(self, project: Project) -> Path:
        """Return the folder of the tool cache. Links are followed in what you set, and in no folder of a project."""
        if not self.cache_dir:
            return project.cache_folder
        folder = Path(self.cache_dir).expanduser()
        return Path(os.path.realpath(folder)) if folder.is_symlink() else folder

    def put_project(self, name: str, value: Any, source: str) -> None:
        """Set what a project file says, unless you set it; raises `SettingsError` for what is not its to set."""
        if name not in (allowed := self.names(project=True)):
            if name in self.names():
                raise SettingsError(f"{source}: {name} is not a project's to set, {_YOURS.format(name, name.upper())}")
            raise SettingsError(f"{source}: no setting {name!r:.80}.{did_you_mean(name, allowed)}")
        if name in self.sources:
            return
        default, limit = getattr(self, name), self.traits()[name].metadata.get("limit")
        self.put(name, value, source)
        value = getattr(self, name)
        is_limited = limit and default is not None
        if is_limited and (value is None or (value > default if limit == "most" else value < default)):
            setattr(self, name, default)
            del self.sources[name]
            word = "raise" if limit == "most" else "lower"
            raise SettingsError(
                f"{source}: {name} = {value} is not a project's to {word} from {default}, "
                + _YOURS.format(name, name.upper())
            )
        if name == "prices":
            self._project_prices = value

    @property
    def prices_are_a_projects(self) -> bool:
        """Whether the prices come from a project file, and so may only raise those that are known."""
        return self.prices is self._project_prices

    def listing(self) -> tuple[tuple[str, Any, str, str], ...]:
        """Return (name, value, source, help) of every setting, by name."""
        rows = []
        for name in self.names():
            value, default = getattr(self, name), self.traits()[name].default()
            source = self.sources.get(name, "default" if value == default else "%config")
            rows.append((name, value, source, self.traits()[name].help))
        return tuple(rows)


def check_keywords(names: Iterable[str]) -> None:
    """Raise `SettingsError` for the first of `names` that is not a setting."""
    for name in names:
        if name not in Latm.names():
            raise SettingsError(f"No setting {name!r}.{did_you_mean(name, Latm.names())} See %latm config.")
