"""Your own file, `config.toml` in your own folder: settings that hold in every project, and named endpoints (profiles).

A profile is an address, the models of each role there, and the name that its key goes by; the key itself stands in
no file. Which setting a file may hold is decided in `settings.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from latm_magic.environment import home_folder
from latm_magic.errors import SettingsError, did_you_mean
from latm_magic.project import read_toml
from latm_magic.text import quoted

if TYPE_CHECKING:
    from pathlib import Path

PROFILE_SETTINGS = ("base_url", "maker_model", "user_model", "dispatcher_model")
PROFILE_FIELDS = (*PROFILE_SETTINGS, "key_variable")
_FILE = "config.toml"
_PLACE = "your own folder (LATM_HOME, else .latm_magic in your home folder)"
_VARIABLE = re.compile(r"[A-Za-z_]\w{0,79}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Profile:
    """One named endpoint."""

    name: str
    settings: Mapping[str, str]
    """base_url, and the models that are named, by setting."""
    key_variable: str = ""
    """The environment variable, or the keyring's entry, that holds the key; "" where the endpoint asks for none."""

    @property
    def source(self) -> str:
        """Where its values come from, for lists of settings."""
        return f"profile {self.name}"

    @property
    def no_key(self) -> str:
        """What is wrong where its key is nowhere, in one line."""
        name = self.key_variable
        return (
            f"The key of the profile {self.name!r} is missing: set the environment variable {name}, or keep it in the "
            f"system's keyring with `keyring set latm_magic {name}` (the extra latm_magic[keyring])."
        )


@dataclass(frozen=True, slots=True)
class OwnFile:
    """What your own file says, unchecked."""

    path: Path | None = None
    """None where the system does not say where your home folder is."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    profiles: Mapping[str, Any] = field(default_factory=dict)
    """The tables [profiles.NAME], by name."""

    def profile(self, name: str) -> Profile:
        """Return a profile; raises `SettingsError` where there is none of that name, or it cannot be used."""
        if name not in self.profiles:
            has = f" There are: {', '.join(sorted(self.profiles))[:200]}." if self.profiles else ""
            raise SettingsError(
                f"There is no profile {quoted(name)}.{did_you_mean(name, self.profiles)}{has} Name one under "
                f"[profiles.NAME] in {_FILE} in {_PLACE}, or with "
                "%latm config --save profiles.NAME.base_url=ADDRESS."
            )
        table = self.profiles[name]
        where = f"[profiles.{name}] in {_FILE}"
        if not isinstance(table, Mapping):
            raise SettingsError(f"{where} is not a table: write base_url = ... below that heading.")
        for each, value in table.items():
            check_field(where, each, value)
        if not table.get("base_url"):
            raise SettingsError(f"{where} names no base_url: add the address of its endpoint.")
        values = {each: table[each] for each in PROFILE_SETTINGS if table.get(each)}
        return Profile(name, values, table.get("key_variable", ""))


def check_field(where: str, name: str, value: Any) -> None:
    """Raise `SettingsError` for what a profile cannot hold, without its value: it may be a key in the wrong place."""
    if name not in PROFILE_FIELDS:
        known = ", ".join(PROFILE_FIELDS)
        raise SettingsError(f"{where}: no setting {quoted(name)}.{did_you_mean(name, PROFILE_FIELDS)} It has {known}.")
    if not isinstance(value, str):
        raise SettingsError(f"{where}: {name} is not text: write it in quotes.")
    if name == "key_variable" and value and not _VARIABLE.fullmatch(value):
        raise SettingsError(
            f"{where}: key_variable is not the name of an environment variable, such as LOCAL_KEY. "
            "The key itself does not belong in a file."
        )


def read_own_file(environ: Mapping[str, str] | None = None) -> OwnFile:
    """Return what your own file says, nothing where there is none; raises `SettingsError` for one that is no TOML."""
    folder = home_folder(environ)
    if folder is None:
        return OwnFile()
    path = folder / _FILE
    table = dict(read_toml(path))
    profiles = table.pop("profiles", {})
    if not isinstance(profiles, Mapping):
        raise SettingsError(f"[profiles] in {_FILE} is not a table: write [profiles.NAME] above the settings of each.")
    return OwnFile(path, table, profiles)


class ProfileChoice:
    """The profile in use, and what its values took the place of."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = environ
        self._replaced: dict[str, tuple[Any, str | None]] = {}
        self.profile: Profile | None = None

    def copy(self) -> ProfileChoice:
        """Return the same choice, for other settings of the same values."""
        other = ProfileChoice(self._environ)
        other.profile, other._replaced = self.profile, dict(self._replaced)
        return other

    def find(self, name: str) -> Profile:
        """Return a profile as the file has it now; raises `SettingsError`."""
        return read_own_file(self._environ).profile(name)

    def take(self, settings: Any, name: str) -> None:
        """Have the values of a profile, "" for none, take the place of the last one's; raises `SettingsError`."""
        chosen = self.find(name) if name else None
        if chosen == self.profile:
            return
        self._give_back(settings)
        self.profile = chosen
        for each, value in chosen.settings.items() if chosen else ():
            self._replaced[each] = (getattr(settings, each), settings.sources.get(each))
            settings.put(each, value, chosen.source if chosen else "")

    def _give_back(self, settings: Any) -> None:
        """Put what the last profile replaced back, save where you set something else since."""
        last = self.profile.source if self.profile else ""
        for each, (value, source) in self._replaced.items():
            if settings.sources.get(each) == last:
                settings.put(each, value, source or "")
                if source is None:
                    del settings.sources[each]
        self._replaced.clear()
