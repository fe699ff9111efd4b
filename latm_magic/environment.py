"""What the environment says: settings as `LATM_*` variables, keys, and where your own folder is."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Dict, List, TraitError, TraitType

from latm_magic.errors import SettingsError, did_you_mean
from latm_magic.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEYS = ("LATM_API_KEY", "OPENAI_API_KEY")
_OTHER_VARIABLES = {"LATM_API_KEY", "LATM_HOME"}


def settings_in(environ: Mapping[str, str], traits: Mapping[str, TraitType[Any, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the settings that the environment names, with their values; an unknown `LATM_*` variable warns.

    Raises `SettingsError` for a value of the wrong kind.
    """
    if environ.get("OPENAI_BASE_URL") and not environ.get("LATM_BASE_URL"):
        yield "base_url", environ["OPENAI_BASE_URL"]
    for variable, text in sorted(environ.items()):
        if not variable.startswith("LATM_") or variable in _OTHER_VARIABLES:
            continue
        name = variable.removeprefix("LATM_").lower()
        if name in traits:
            yield name, _parse(traits[name], variable, text)
        else:
            names = ["LATM_" + known.upper() for known in traits]
            warnings.warn(f"{variable} is not a setting of latm_magic.{did_you_mean(variable, names)}", stacklevel=4)


def _parse(trait: TraitType[Any, Any], variable: str, text: str) -> Any:
    try:
        if isinstance(trait, List):
            return [part.strip() for part in text.split(",") if part.strip()]
        if isinstance(trait, Dict):
            return json.loads(text)
        return trait.from_string(text)
    except (ValueError, TraitError, RecursionError):
        raise SettingsError(f"{variable}={shown(text)} is not {trait.info()}. {trait.help}") from None


def api_key(explicit: str | None, environ: Mapping[str, str] | None = None) -> str:
    """Return the key: the one passed by keyword, else LATM_API_KEY, else OPENAI_API_KEY, else ""."""
    if explicit:
        return explicit
    found = os.environ if environ is None else environ
    return next((found[name] for name in _KEYS if found.get(name)), "")


def named_key(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Return the key of that name: the environment variable, else the entry of the system's keyring, else "".

    The keyring is asked where the package `keyring` is there; what it gave is kept until the process ends.
    """
    found = os.environ if environ is None else environ
    if found.get(name):
        return found[name]
    if not _from_keyring.get(name):
        _from_keyring[name] = _asked_of_keyring(name)
    return _from_keyring[name]


_from_keyring: dict[str, str] = {}


def _asked_of_keyring(name: str) -> str:
    try:
        import keyring

        return keyring.get_password("latm_magic", name) or ""
    except Exception:  # noqa: BLE001  not installed, locked, or none on this system: each has its own error
        return ""


def home_folder(environ: Mapping[str, str] | None = None) -> Path | None:
    """Return the folder of what is yours and no project's: LATM_HOME, else `~/.latm_magic`; None without a home."""
    found = os.environ if environ is None else environ
    try:
        return Path(found.get("LATM_HOME") or "~/.latm_magic").expanduser()
    except RuntimeError:  # the system does not say where your home folder is
        return None
