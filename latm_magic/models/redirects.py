"""Where a response sends the request on to, and whether it may go there: a question goes to no host but base_url's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from latm_magic.text import one_line

_KEEPS_THE_QUESTION = (307, 308)
"""The other redirects turn a question into a request for a page."""


@dataclass(frozen=True, slots=True)
class Target:
    """The address that a response redirects to."""

    shown: str
    """It, as it may be shown."""
    is_safe: bool
    """It is of the same host, and gets the whole request."""


def redirect_target(response: Any) -> Target | None:
    """Return where an HTTP response redirects to, None where it does not."""
    if not response.has_redirect_location:
        return None
    asked, location = response.request, response.headers["location"]
    try:
        target = urlsplit(urljoin(str(asked.url), location))
        is_same = _is_same_server(urlsplit(str(asked.url)), target)
    except ValueError:
        return Target(one_line(location, 200), is_safe=False)
    keeps = asked.method == "GET" or response.status_code in _KEEPS_THE_QUESTION
    return Target(shown_address(target.geturl()), is_safe=is_same and keeps)


def shown_address(address: str) -> str:
    """Return an address as it may be shown: without user, password, query and fragment."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return one_line(f"{parts.scheme}://{host}{parts.path}".rstrip("/"), 200)


def _is_same_server(asked: SplitResult, target: SplitResult) -> bool:
    ports = {"http": 80, "https": 443}
    if target.scheme not in ports or asked.hostname != target.hostname:
        return False
    is_upgrade = (asked.scheme, target.scheme) == ("http", "https") and not asked.port and not target.port
    same_port = (asked.port or ports[asked.scheme]) == (target.port or ports[target.scheme])
    return is_upgrade or (asked.scheme == target.scheme and same_port)
