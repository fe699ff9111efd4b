"""The sandbox: guest code in a worker process, behind the policy and the walls of this system.

This file is only the face; every name is loaded when it is first asked for, because the worker imports it too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latm_magic.sandbox.records import (
        Check,
        Finding,
        FunctionFace,
        GuestError,
        Parameter,
        Pipeline,
        Run,
        Walls,
    )
    from latm_magic.sandbox.sandbox import Sandbox

__all__ = ["Check", "Finding", "FunctionFace", "GuestError", "Parameter", "Pipeline", "Run", "Sandbox", "Walls"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "sandbox" if name == "Sandbox" else "records"
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
