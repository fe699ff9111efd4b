"""What happens around the SDK's retries: their waits are bounded by one deadline, told to you, and not begun in vain.

The SDK repeats a request by itself. Its HTTP client runs the two hooks here around every attempt; through the timeout
of a request and the `x-should-retry` header of a response, both of which the SDK honours, they decide.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from latm_magic.models.faults import is_out_of_credit, read_fault

if TYPE_CHECKING:
    from latm_magic.models.deadline import Deadline
    from latm_magic.models.faults import Fault

OnWait = Callable[[float, str], None]
"""Called on the calling thread before a wait that the endpoint asked for: the seconds, and why in one line."""

LONGEST_SILENT_WAIT_S = 20.0
"""A longer Retry-After is an error that names the seconds, and you decide."""
_LONGEST_CONNECT_S = 10.0


class Attempts:
    """The attempts of one call: how many there were, what the last one met, and whether another may follow."""

    def __init__(
        self, deadline: Deadline, max_retries: int, on_wait: OnWait, is_final: Callable[[Fault], bool] = lambda _: False
    ) -> None:
        self.deadline = deadline
        self.count = 0
        self.last_fault: Fault | None = None
        self.tell: Callable[[Callable[[], None]], None] = lambda action: action()
        """Runs an action on the calling thread."""
        self._max_retries = max_retries
        self._on_wait = on_wait
        self._is_final = is_final

    def before(self, http_request: Any) -> None:  # Any: httpx or httpx2, whichever the installed SDK is built on
        """Set an attempt's time limit to what is left; raises `TimeoutError` when nobody waits any more."""
        left_s = self.deadline.left_s
        if left_s <= 0:
            raise TimeoutError("nobody waits for this request any more")
        self.count += 1
        http_request.extensions["timeout"] = {
            "connect": min(left_s, _LONGEST_CONNECT_S),
            "read": left_s,
            "write": left_s,
            "pool": left_s,
        }

    def after(self, http_response: Any) -> None:
        """Read an error response, and keep the SDK from repeating what cannot help or would take too long."""
        if not http_response.is_error:
            return
        http_response.read()
        fault = read_fault(
            http_response.status_code, decoded(http_response.text), http_response.headers, attempts=self.count
        )
        self.last_fault = fault
        if is_out_of_credit(fault) or self._is_final(fault) or self._waits_too_long(fault):
            http_response.headers["x-should-retry"] = "false"
        elif fault.retry_after_s and self.count <= self._max_retries:
            http_response.headers.setdefault("retry-after", str(fault.retry_after_s))  # where its words alone say it
            self._tell_wait(fault, fault.retry_after_s)

    def _waits_too_long(self, fault: Fault) -> bool:
        return (fault.retry_after_s or 0.0) > min(LONGEST_SILENT_WAIT_S, self.deadline.left_s)

    def _tell_wait(self, fault: Fault, seconds: float) -> None:
        reason = "limits the rate" if fault.status == 429 else "is not ready"  # noqa: PLR2004 - Too Many Requests
        text = f"The endpoint {reason} ({fault.status}); asking again in {seconds:.0f} s."
        self.tell(lambda: self._on_wait(seconds, text))


def decoded(text: str) -> object:
    """Return the JSON value that `text` holds, or `text` itself where it holds none."""
    try:
        return json.loads(text)
    except ValueError:
        return text
