"""Which folder is the project, and what its pyproject.toml says.

The project file is read as data from a stranger: `settings.py` decides which of its settings count.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from latm_magic.errors import SettingsError

_MARKERS = (".latm", "pyproject.toml", ".git")


@dataclass(frozen=True, slots=True)
class Project:
    """The folder that tools belong to."""

    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The table [tool.latm_magic] of its pyproject.toml, unchecked."""
    file_name: str = "pyproject.toml"

    @property
    def cache_folder(self) -> Path:
        """Where the cache is unless the setting `cache_dir` moves it."""
        return self.folder / ".latm"


def find_project(start: Path | str | None = None) -> Project:
    """Return the nearest folder upwards from `start` with .latm, pyproject.toml or .git, else `start` itself.

    Raises `SettingsError` when `start` is not a folder or its pyproject.toml cannot be read.
    """
    folder = Path(start or ".").expanduser()
    if not folder.is_dir():
        raise SettingsError(f"The project folder {str(start)!r} does not exist: create it, or name another.")
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if any((candidate / marker).exists() for marker in _MARKERS):
            return Project(candidate, _read_table(candidate / "pyproject.toml"))
    return Project(folder)


def _read_table(path: Path) -> Mapping[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise SettingsError(f"{path.name} in {path.parent.name!r} cannot be read ({fault}): correct it.") from None
    table = document.get("tool", {}).get("latm_magic", {})
    if not isinstance(table, Mapping):
        raise SettingsError(f"[tool.latm_magic] in {path.name} is not a table: write settings below that heading.")
    return table
