"""The settings of a session, read from all their sources: each kind of file and the environment, in their order."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from traitlets import TraitError

from latm_magic.environment import settings_in
from latm_magic.errors import SettingsError
from latm_magic.own_file import ProfileChoice, read_own_file
from latm_magic.settings import Latm, check_keywords
from latm_magic.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from traitlets.config import Configurable

    from latm_magic.project import Project

OWN_FILE = "your own file"
"""The source of what stands in it, in lists of settings."""


def load_settings(
    project: Project,
    keywords: Mapping[str, Any] | None = None,
    *,
    parent: Configurable | None = None,
    environ: Mapping[str, str] | None = None,
) -> Latm:
    """Return the settings of a session, built from all sources.

    `parent` is the IPython shell, whose configuration holds `ipython_config.py`. Raises `SettingsError` for a setting
    in a file or a keyword that is unknown or of the wrong kind, for one that a project may not set, and for a profile
    that your own file does not have; an unknown `LATM_*` variable warns.
    """
    try:
        settings = Latm(parent=parent) if parent is not None else Latm()
    except (TraitError, ValueError) as fault:
        raise SettingsError(f"ipython_config.py: {one_line(str(fault))}") from None
    _use_profiles(settings, environ)
    found = settings_in(os.environ if environ is None else environ, Latm.class_traits(config=True))
    named = {"base_url": "environment"}  # two variables can say it
    settings.put_all((name, value, named.get(name, f"LATM_{name.upper()}")) for name, value in found)
    settings.put_all((name, value, "keyword") for name, value in (keywords or {}).items())
    for name, value in sorted(read_own_file(environ).settings.items(), key=lambda each: each[0] == "profile"):
        check_keywords([name])
        if name not in settings.sources:
            _put_below(settings, name, value, OWN_FILE)
    for name, value in project.settings.items():
        settings.put_project(name, value, f"[tool.latm_magic] in {project.file_name}")
    return settings


def _use_profiles(settings: Latm, environ: Mapping[str, str] | None) -> None:
    """From now on `profile` names one of your own file, and so does the one that `ipython_config.py` named."""
    name, settings.profile = settings.profile, ""
    settings.choice = ProfileChoice(environ)
    if name:
        _put_below(settings, "profile", name, settings.sources["profile"])


def _put_below(settings: Latm, name: str, value: Any, source: str) -> None:
    """Set one setting; what is set already stays as it is, though a profile may name it."""
    above = [(each, getattr(settings, each), known) for each, known in settings.sources.items() if each != "profile"]
    settings.put(name, value, source)
    if name == "profile":
        settings.put_all(above)
