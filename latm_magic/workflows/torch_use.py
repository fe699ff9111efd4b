"""torch, where it is used: asked for in one line where it is missing, and left as it was found."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError

if TYPE_CHECKING:
    from collections.abc import Iterator


def import_torch() -> Any:
    """Return the module; where it is not installed, LatmError says how to install it."""
    try:
        import torch
    except ImportError as error:
        raise LatmError("this needs torch: pip install 'latm_magic[torch]'") from error
    return torch


@contextmanager
def seeded(seed: int) -> Iterator[Any]:
    """Give torch on one thread, with random numbers of its own; afterwards both are yours again.

    One thread, since the networks are small, and since sums on several threads differ from run to run.
    """
    torch = import_torch()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield torch
    finally:
        torch.set_num_threads(threads)
