"""How a process of the sandbox is started: with which switches, where it finds this package, and in what environment.

It does NOT start anything (`launch` and `portable` do).
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from latm_magic.errors import SandboxError

if TYPE_CHECKING:
    from latm_magic.sandbox.wire.control import Setup

__all__ = ["FLAGS", "environment", "starter"]

FLAGS = ("-s", "-S", "-P", "-B", "-X", "utf8")
"""No site packages, no unsafe path, no bytecode written. Isolated mode (-I) would ignore the fixed hash seed."""


def starter(program: str, extra_modules: tuple[str, ...]) -> str:
    """Give the program text that finds this package, RestrictedPython and the extra modules after the library."""
    names = ["latm_magic", "RestrictedPython", *(name.partition(".")[0] for name in extra_modules)]
    folders = dict.fromkeys(_folder(name) for name in names)
    return f"import sys; sys.path += {list(folders)!r}; {program}"


def _folder(module: str) -> str:
    spec = importlib.util.find_spec(module)
    places = [] if spec is None else list(spec.submodule_search_locations or [spec.origin or ""])
    if not places or not places[0]:
        raise SandboxError(
            f"The sandbox needs the module {module!r}, which is not installed. Install it, or leave it out."
        )
    return str(Path(places[0]).resolve().parent)


def environment(setup: Setup) -> dict[str, str]:
    """Give an environment with nothing of the person's in it; a fixed hash seed gives sets one order everywhere."""
    kept = {"PYTHONHASHSEED": "0"}
    if sys.platform == "win32" and "SYSTEMROOT" in os.environ:
        # Python does not start without it there.
        kept["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    if setup.extra_modules:
        # Threads of a numeric library would not survive the fork.
        kept |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept
