"""Saving a setting for good: in the project's file where a project may say it, else in your own; never a key.

The file keeps its comments and its order. Which file may hold what is decided in `settings.py` and `own_file.py`.
"""

from __future__ import annotations

import ast
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Dict, List, TraitError, Unicode

from latm_magic.environment import api_key
from latm_magic.errors import NotebookError, SettingsError
from latm_magic.models.endpoint import secrets_in
from latm_magic.models.keys import redact_keys
from latm_magic.own_file import PROFILE_SETTINGS, OwnFile, check_field, read_own_file
from latm_magic.project import read_toml, text_of
from latm_magic.settings import Latm, check_keywords
from latm_magic.sharing.files import write_files
from latm_magic.sources import OWN_FILE
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latm_magic.project import Project

_PROFILE = re.compile(r"profiles\.([A-Za-z0-9_-]{1,60})\.(\w{1,60})")


@dataclass(frozen=True, slots=True)
class Saved:
    """A setting as it was saved."""

    name: str
    value: Any
    """None = its line was taken out."""
    path: Path
    place: str
    """The file in words: "[tool.latm_magic] in pyproject.toml" or "your own file"."""
    note: str = ""
    """What will go before it the next time, and what to do; "" where nothing does."""


def save_setting(settings: Latm, project: Project, name: str, value: Any, *, mine: bool = False) -> Saved:
    """Save a setting, or `profiles.NAME.FIELD` of a profile, and use it from now on; None takes its line out.

    Text is read as what the setting is. With `mine` it goes into your own file, whatever the project may say. Raises
    `SettingsError` for what is no such setting, no such value, a key, or cannot be written.
    """
    name = name.removeprefix("Latm.")
    own = read_own_file()
    if name.startswith("profiles."):
        return _save_profile(settings, own, name, value)
    check_keywords([name])
    wanted = None if _is_none(value) else _checked(name, value)
    _refuse_keys(name, wanted)
    if name == "profile" and wanted:
        own.profile(wanted)
    if mine or name in own.settings or not _may_project(project, name, wanted):
        path, place = _path_of(own), OWN_FILE
        write_value(path, (name,), wanted)
    else:
        path, place = project.folder / project.file_name, f"[tool.latm_magic] in {project.file_name}"
        write_value(path, ("tool", "latm_magic", name), wanted)
    note = _above(settings, name)
    settings.put(name, settings.traits()[name].default() if wanted is None else wanted, place)
    return Saved(name, wanted, path, place, note)


def _save_profile(settings: Latm, own: OwnFile, name: str, value: Any) -> Saved:
    found = _PROFILE.fullmatch(name)
    if not found:
        raise SettingsError(
            f"{quoted(name)} is not profiles.NAME.FIELD, with a NAME of letters, digits, - and _: for example "
            "profiles.local.base_url=http://localhost:11434/v1"
        )
    profile, field = found.groups()
    wanted = None if _is_none(value) else value
    check_field(f"profiles.{profile}", field, "" if wanted is None else wanted)
    _refuse_keys(field, wanted)
    path = _path_of(own)
    write_value(path, ("profiles", profile, field), wanted)
    if settings.choice and settings.profile == profile:
        settings.choice.take(settings, profile)
    return Saved(name, wanted, path, OWN_FILE)


def _path_of(own: OwnFile) -> Path:
    if own.path is None:
        raise SettingsError("There is no home folder to keep your own file in: name one with LATM_HOME.")
    return Path(os.path.realpath(own.path))  # a link of yours is followed


def _may_project(project: Project, name: str, value: Any) -> bool:
    """Return whether the project's file is there and may say this, so that it counts the next time."""
    path = project.folder / project.file_name
    if path.is_symlink() or not path.is_file() or name == "prices":  # of a project's prices a budget trusts none
        return False
    if value is None:
        return name in project.settings
    try:
        Latm().put_project(name, value, "")
    except SettingsError:
        return False
    return True


def _is_none(value: Any) -> bool:
    return value is None or value == "None"


def _checked(name: str, value: Any) -> Any:
    """Return a value as the setting takes it; raises `SettingsError`."""
    trait, checked = Latm.class_traits()[name], Latm()
    if isinstance(value, str) and not isinstance(trait, Unicode):
        try:
            value = ast.literal_eval(value) if isinstance(trait, List | Dict) else trait.from_string(value)
        except (ValueError, TraitError, SyntaxError, RecursionError, MemoryError):
            value = [part.strip() for part in value.split(",") if part.strip()] if isinstance(trait, List) else value
    checked.put(name, value, "--save")
    return getattr(checked, name)


def _refuse_keys(name: str, value: Any) -> None:
    """Raise `SettingsError` for a value that holds a key, or looks as if it did, without showing it."""
    text, key = str(value), api_key(None)
    try:
        holds = redact_keys(text) != text or bool(key and key in text)
        holds |= name == "base_url" and value is not None and any(secrets_in(text))
    except ValueError:
        raise SettingsError("base_url is not a web address. It looks like http://localhost:11434/v1.") from None
    if holds:
        raise SettingsError(
            f"The value of {name} looks as if it held a key, and no key is written into a file: set OPENAI_API_KEY, or "
            "name the variable that holds it with profiles.NAME.key_variable."
        )


def _above(settings: Latm, name: str) -> str:
    """Return what goes before a saved setting the next time, and what to do about it."""
    source = settings.sources.get(name, "")
    if source.startswith("profile ") and name in PROFILE_SETTINGS:
        return f"The {source} names another, which goes before it: save profiles.{settings.profile}.{name} instead."
    if source.startswith("LATM_") or source in ("environment", "ipython_config"):
        where = {"environment": "LATM_BASE_URL or OPENAI_BASE_URL", "ipython_config": "ipython_config.py"}.get(
            source, source
        )
        return f"{where} sets it too, and goes before it the next time: take it out there."
    return ""


def write_value(path: Path, keys: Sequence[str], value: Any) -> None:
    """Set one value of a TOML file, None to take it out; all else stays as it is. Raises `SettingsError`."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    before, text = dict(read_toml(path)), text_of(path) if path.exists() else ""
    try:
        document = tomlkit.parse(text)
        table: Any = document
        for depth, key in enumerate(keys[:-1], 1):
            if key not in table:
                table[key] = tomlkit.table(is_super_table=depth < len(keys) - 1)
            table = table[key]
        if value is None:
            table.pop(keys[-1], None)
        else:
            table[keys[-1]] = value
        changed = tomlkit.dumps(document).encode()
        is_right = tomllib.loads(changed.decode()) == _changed(before, keys, value)
    except (TOMLKitError, TypeError, ValueError, AttributeError):
        is_right = False
    if not is_right:
        raise SettingsError(f"{path.name} is written in a way that cannot be changed here: edit it yourself.")
    _write(path, changed)


def _changed(before: dict[str, Any], keys: Sequence[str], value: Any) -> dict[str, Any]:
    """Return what a file is to say."""
    first, *rest = keys
    if rest:
        return {**before, first: _changed(dict(before.get(first, {})), rest, value)}
    others = {key: each for key, each in before.items() if key != first}
    return others if value is None else {**others, first: value}


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_files({path: content}, force=True)
    except (OSError, NotebookError) as fault:
        reason = getattr(fault, "strerror", None) or "see who may write there"
        raise SettingsError(f"{path.name} in {path.parent.name!r} cannot be written ({reason}).") from None
