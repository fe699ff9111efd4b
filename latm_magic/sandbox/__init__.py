"""The sandbox: guest code in a worker process, behind the policy and the walls of this system.

The folders say on which side of the trust boundary a file runs: `host` in your process; `worker`, `policy` and
`runtime` in the worker process; `walls` around it; `wire` is what both sides share. Names are loaded when they are
first asked for, because the worker imports this file too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latm_magic.sandbox.records import (
        Check,
        Finding,
        FunctionSignature,
        GuestError,
        Pipeline,
        Run,
        SignatureParameter,
        Walls,
    )
    from latm_magic.sandbox.sandbox import Sandbox

__all__ = [
    "Check",
    "Finding",
    "FunctionSignature",
    "GuestError",
    "Pipeline",
    "Run",
    "Sandbox",
    "SignatureParameter",
    "Walls",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "sandbox" if name == "Sandbox" else "records"
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
