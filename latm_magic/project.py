"""Which folder is the project, and what its pyproject.toml says.

The project file is read as data from a stranger: `settings.py` decides which of its settings count.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from latm_magic.errors import SettingsError
from latm_magic.text import one_line

_MARKERS = (".latm", "pyproject.toml", ".git")
_LARGEST_FILE = 1_000_000
"""Bytes of a file of settings; nobody writes as many."""


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


def read_toml(path: Path) -> Mapping[str, Any]:
    """Return what a file of TOML says, nothing where there is none; raises `SettingsError` where it cannot be read."""
    try:
        text = text_of(path)
        import tomllib  # only where there is such a file

        return tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError) as fault:  # ValueError: no TOML, no UTF-8, a number without an end
        reason = one_line(str(fault), 200)
        raise SettingsError(f"{path.name} in {path.parent.name!r} cannot be read ({reason}): correct it.") from None


def _read_table(path: Path) -> Mapping[str, Any]:
    tools = read_toml(path).get("tool", {})
    table = tools.get("latm_magic", {}) if isinstance(tools, Mapping) else tools
    if not isinstance(table, Mapping):
        raise SettingsError(f"[tool.latm_magic] in {path.name} is not a table: write settings below that heading.")
    return table


def text_of(path: Path) -> str:
    """Return what stands in the file; raises `OSError` for what could be read without an end, such as a device."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("it is not a file")
    with path.open("rb") as file:
        data = file.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise OSError(f"it has more than {_LARGEST_FILE:,} bytes")
    return data.decode()


@lru_cache(maxsize=8)  # a question asks for them each time
def located(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """Return paths of a setting, which are the folder's where they are relative; `~` is your home."""
    return [folder / Path(name).expanduser() for name in names]
