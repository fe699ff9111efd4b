"""What happens around the SDK's retries: their waits are bounded by one deadline, told to you, and not begun in vain.

The SDK repeats a request by itself. Its HTTP client runs the two hooks here around every attempt; through the timeout
of a request and the `x-should-retry` header of a response, both of which the SDK honours, they decide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from latm_magic.models.body import BodyBroken, BodyTooLarge, empty, read_body
from latm_magic.models.chat import broke_off, status_inside
from latm_magic.models.faults import Fault, is_out_of_credit, read_fault
from latm_magic.models.redirects import redirect_target
from latm_magic.models.spending import MAY_REPEAT

if TYPE_CHECKING:
    from latm_magic.models.deadline import Deadline
    from latm_magic.models.keys import Key
    from latm_magic.models.listening import OnText
    from latm_magic.models.redirects import Target

OnWait = Callable[[float, str], None]
"""Called on the calling thread before a wait that the endpoint asked for: the seconds, and why in one line."""

LONGEST_SILENT_WAIT_S = 20.0
"""A longer Retry-After is an error that names the seconds, and you decide."""
_LONGEST_CONNECT_S = 10.0


class FinalFault(BaseException):
    """A fault that asking again cannot mend. No `Exception`: the SDK would ask again."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text)
        self.fault = fault


class Attempts:
    """The attempts of one call: how many there were, what the last one met, and whether another may follow."""

    def __init__(
        self, deadline: Deadline, max_retries: int, on_wait: OnWait, is_final: Callable[[Fault], bool] = lambda _: False
    ) -> None:
        self.deadline = deadline
        self.count = 0
        self.last_fault: Fault | None = None
        self.document: object = None
        """What the last response held, decoded and without the key."""
        self.broken_off = 0
        """Replies that began well and did not come to their end: the endpoint may charge for them."""
        self.is_streamed = False
        """Whether the last response came as a stream."""
        self.on_text: OnText | None = None
        """Told on the calling thread what a streamed reply says while it comes."""
        self._begun = 0
        self.tell: Callable[[Callable[[], None]], None] = lambda action: action()
        """Runs an action on the calling thread."""
        self._max_retries = max_retries
        self._on_wait = on_wait
        self._is_final = is_final

    def before(self, http_request: Any) -> None:  # Any: httpx or httpx2, whichever the installed SDK is built on
        """Set an attempt's time limit to what is left; raises `GivenUp` when nobody waits any more."""
        self.deadline.check()
        left_s = self.deadline.left_s
        self.count += 1
        http_request.extensions["timeout"] = {
            "connect": min(left_s, _LONGEST_CONNECT_S),
            "read": left_s,
            "write": left_s,
            "pool": left_s,
        }

    def after(self, http_response: Any, key: Key) -> None:
        """Read a response, and keep the SDK from repeating what cannot help or would take too long.

        What is an error, whatever its status, gets the status that it names; what broke off, one that is repeated.
        """
        if target := redirect_target(http_response):
            self._follow(http_response, target)
            return
        self.is_streamed = "event-stream" in http_response.headers.get("content-type", "")
        status, is_reply, self.document = http_response.status_code, http_response.is_success, ""
        try:
            self.document = read_body(http_response, self.deadline, key, self.on_text and self._tell_text)
        except BodyTooLarge as error:
            if is_reply:
                self.broken_off += 1
                raise FinalFault(Fault(status, str(error), kind="too large", attempts=self.count)) from None
        except BodyBroken as error:
            if is_reply:
                self.broken_off += 1
                self._met(http_response, Fault(None, str(error), attempts=self.count), 503)
                return
        self.broken_off += is_reply and broke_off(self.document)
        named = status_inside(self.document) if is_reply else status
        if named is not None:
            self._met(http_response, read_fault(named, self.document, http_response.headers, self.count), named)

    def _met(self, http_response: Any, fault: Fault, status: int) -> None:
        """Note a fault, and let the SDK see it as a response of `status`."""
        self.last_fault = fault
        http_response.status_code = status
        if is_out_of_credit(fault) or self._is_final(fault) or self._waits_too_long(fault) or self._may_not_repeat():
            http_response.headers["x-should-retry"] = "false"
        elif fault.retry_after_s and self.count <= self._max_retries:
            http_response.headers.setdefault("retry-after", str(fault.retry_after_s))  # where its words alone say it
            self._tell_wait(fault, fault.retry_after_s)

    def _follow(self, http_response: Any, target: Target) -> None:
        empty(http_response)
        if not target.is_safe:
            raise FinalFault(Fault(http_response.status_code, target.shown, kind="redirect", attempts=self.count))

    def _may_not_repeat(self) -> bool:
        """Return whether what broke off just now may be charged, and another reply may not be paid for."""
        began, self._begun = self.broken_off > self._begun, self.broken_off
        return began and self.count <= self._max_retries and not MAY_REPEAT.get()()

    def _waits_too_long(self, fault: Fault) -> bool:
        return (fault.retry_after_s or 0.0) > min(LONGEST_SILENT_WAIT_S, self.deadline.left_s)

    def _tell_text(self, text: str, characters: int) -> None:
        if (on_text := self.on_text) is not None:
            self.tell(lambda: on_text(text, characters))

    def _tell_wait(self, fault: Fault, seconds: float) -> None:
        reason = "limits the rate" if fault.status == 429 else "is not ready"  # noqa: PLR2004 - Too Many Requests
        text = f"The endpoint {reason} ({fault.status}); asking again in {seconds:.0f} s."
        self.tell(lambda: self._on_wait(seconds, text))
