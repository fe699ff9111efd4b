"""One OpenAI-compatible endpoint through the `openai` SDK: send a body, get the decoded response or the fault.

Holds the connections and the key. Which model, which parameters and what the reply means are left to `openai.py`.
"""

from __future__ import annotations

import json
import sys
import threading
import weakref
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from latm_magic.errors import ModelError
from latm_magic.models.attempts import decoded
from latm_magic.models.chat import gather
from latm_magic.models.faults import Fault, read_fault
from latm_magic.models.keys import Key
from latm_magic.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from openai import OpenAI

    from latm_magic.models.attempts import Attempts

OPENAI_BASE_URL = "https://api.openai.com/v1"
_NO_KEY = "none"
"""What is sent where no key is set: servers of your own ask for none, the SDK insists on one."""


class Endpoint:
    """An address, the key for it, and a client that keeps connections open. Any number of threads may share it."""

    def __init__(self, base_url: str | None, api_key: str | None, max_retries: int) -> None:
        """Check address and key; nothing is loaded or opened before the first request. Raises `ModelError`."""
        address, key = base_url or OPENAI_BASE_URL, (api_key or "").strip()
        _check_address(address)
        _check_key(key)
        self.shown = _shown_address(address)
        self.key = Key(key, *_secrets_in(address))
        self._address = Key(address)
        self._max_retries = max_retries
        self._client: OpenAI | None = None
        self._closer: Callable[[], object] | None = None
        self._making = threading.Lock()
        self._here = threading.local()

    def chat(self, body: Mapping[str, Any], attempts: Attempts) -> object:
        """Ask for a chat completion; return the decoded response (a stream gathered into one), or a `Fault`."""
        return self._send(attempts, lambda client: client.chat.completions.with_raw_response.create(**body))

    def models(self, attempts: Attempts) -> tuple[str, ...] | Fault:
        """Return the names of the models that the endpoint offers, sorted, or a `Fault`."""
        document = self._send(attempts, lambda client: client.models.with_raw_response.list())
        if isinstance(document, Fault):
            return document
        listed = document.get("data") if isinstance(document, dict) else None
        entries = listed if isinstance(listed, list) else []
        names = [entry.get("id") for entry in entries if isinstance(entry, dict)]
        return tuple(sorted({one_line(name, 100) for name in names if isinstance(name, str)}))

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._making:
            self._client = None
            if self._closer is not None:
                self._closer()

    def _send(self, attempts: Attempts, call: Callable[[OpenAI], Any]) -> object:
        import openai  # a third of a second that only a live call pays for

        self._here.attempts = attempts
        try:
            # Redacted before anything is kept: endpoints quote the key in their errors.
            return decoded(self.key.redact_own(_body(call(self._opened()), attempts)))
        except openai.APIStatusError as error:
            body = decoded(self.key.redact_own(error.response.text))
            return read_fault(error.status_code, body, error.response.headers, attempts.count)
        except (openai.APIConnectionError, TimeoutError) as error:
            return Fault(None, _root_cause(error), attempts=attempts.count)
        except openai.APIError as error:  # an error that came in the middle of a stream
            body = decoded(self.key.redact_own(json.dumps(error.body)))
            return read_fault(_status_in(body), body, {}, attempts.count)
        except UnicodeEncodeError as error:
            return Fault(400, f"the request holds a character that no text can hold ({error.reason})", attempts=0)
        except _transport_errors() as error:
            return Fault(None, _root_cause(error), attempts=attempts.count)
        finally:
            del self._here.attempts

    def _opened(self) -> OpenAI:
        with self._making:
            if self._client is None:
                self._client = self._open()
            return self._client

    def _open(self) -> OpenAI:
        import openai

        here = self._here  # the hooks hold no reference to the endpoint: it could never be collected
        http_client = openai.DefaultHttpxClient(
            event_hooks={
                "request": [lambda request: here.attempts.before(request)],  # noqa: PLW0108 - a new one every call
                "response": [lambda response: here.attempts.after(response)],  # noqa: PLW0108
            },
            trust_env=not _is_loopback(self._address.reveal()),  # a company's proxy does not lead to your own machine
        )
        self._closer = weakref.finalize(self, http_client.close)
        return openai.OpenAI(
            api_key=self.key.reveal() or _NO_KEY,
            base_url=self._address.reveal(),
            max_retries=self._max_retries,
            http_client=http_client,
        )


def _shown_address(base_url: str) -> str:
    """Return an address as it may be shown: without user, password, query and fragment."""
    parts = urlsplit(base_url)
    host = parts.netloc.rpartition("@")[2]
    return one_line(f"{parts.scheme}://{host}{parts.path}".rstrip("/"), 200)


def _check_address(base_url: str) -> None:
    try:
        is_web = urlsplit(base_url).scheme in ("http", "https") and bool(urlsplit(base_url).hostname)
    except ValueError:
        is_web = False
    if not is_web:
        raise ModelError(
            f"base_url is not a web address. It looks like http://localhost:11434/v1 or {OPENAI_BASE_URL}.",
            kind="settings",
        )


def _check_key(key: str) -> None:
    # The HTTP library would quote the whole header, key and all, in its own error.
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ModelError(
            "The key holds spaces, line ends or characters that no key has. Check OPENAI_API_KEY.", kind="key"
        )


def _secrets_in(address: str) -> tuple[str, ...]:
    parts = urlsplit(address)
    return (parts.password or "", *(value for _, value in parse_qsl(parts.query)))


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _body(raw: Any, attempts: Attempts) -> str:
    """Return a response's body as JSON text; whether it was streamed is the endpoint's choice, not the request's."""
    response = raw.http_response
    if "event-stream" not in response.headers.get("content-type", ""):
        return str(response.read().decode("utf-8", "replace"))
    try:
        chunks = _events(response.text) if response.is_stream_consumed else _chunks(raw.parse(), attempts)
        return json.dumps(gather(chunks))
    except ValueError as error:
        return f"a stream that cannot be read: {error}"


def _events(text: str) -> Iterator[object]:
    lines = (line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:"))
    return (decoded(line) for line in lines)


def _chunks(stream: Any, attempts: Attempts) -> Iterator[object]:
    with stream:
        for chunk in stream:
            if attempts.deadline.is_over:  # closing the connection lets the endpoint stop writing, and charging
                raise TimeoutError("nobody waits for this stream any more")
            yield chunk.to_dict(warnings=False)


def _transport_errors() -> tuple[type[Exception], ...]:
    """Return the root of the HTTP library's errors: older SDKs let them through while a stream is read."""
    libraries = (sys.modules.get(name) for name in ("httpx2", "httpx"))
    return tuple(library.HTTPError for library in libraries if library is not None)


def _root_cause(error: BaseException) -> str:
    """Return the message of the deepest error: "Connection error." says nothing, "Connection refused" does."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return str(error) or type(error).__name__


def _status_in(body: object) -> int:
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, int) and code >= 400 else 500  # noqa: PLR2004
