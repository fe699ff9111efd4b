"""One OpenAI-compatible endpoint through the `openai` SDK: send a body, get the decoded response or the fault.

Holds the connections and the key. Which model, which parameters and what the reply means are left to `openai.py`.
"""

from __future__ import annotations

import sys
import threading
import weakref
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit
from weakref import WeakSet

from latm_magic.errors import ModelError
from latm_magic.models.attempts import FinalFault
from latm_magic.models.body import ENCODINGS, cut
from latm_magic.models.deadline import GivenUp
from latm_magic.models.faults import Fault
from latm_magic.models.keys import Key
from latm_magic.models.offers import read_listing
from latm_magic.models.redirects import shown_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openai import OpenAI

    from latm_magic.models.attempts import Attempts
    from latm_magic.models.offers import Listed

OPENAI_BASE_URL = "https://api.openai.com/v1"
_NO_KEY = "none"
"""What is sent where no key is set: servers of your own ask for none, the SDK insists on one."""


class Endpoint:
    """An address, the key for it, and a client that keeps connections open. Any number of threads may share it."""

    def __init__(self, base_url: str | None, api_key: str | None, max_retries: int) -> None:
        """Check address and key; nothing is loaded or opened before the first request. Raises `ModelError`."""
        address, key = base_url or OPENAI_BASE_URL, (api_key or "").strip()
        _check_address(address)
        address = _without_path_of_chat(address)
        _check_key(key)
        self.shown = shown_address(address)
        self.key = Key(key, *secrets_in(address))
        self._address = Key(address)
        self._max_retries = max_retries
        self._client: OpenAI | None = None
        self._closer: Callable[[], object] | None = None
        self._making = threading.Lock()
        self._here = threading.local()
        self._running: set[Attempts] = set()
        self._connections: WeakSet[Any] = WeakSet()

    def chat(self, body: Mapping[str, Any], attempts: Attempts) -> object:
        """Ask for a chat completion; return the decoded response (a stream gathered into one), or a `Fault`."""
        return self._send(attempts, lambda client, raw: client.post("/chat/completions", body=body, cast_to=raw))

    def models(self, attempts: Attempts) -> tuple[Listed, ...] | Fault:
        """Return the models that the endpoint offers, by name, or a `Fault`."""
        document = self._send(attempts, lambda client, raw: client.get("/models", cast_to=raw))
        return document if isinstance(document, Fault) else read_listing(document)

    def close(self) -> None:
        """Close the connections, and end what is under way; the next request opens new ones."""
        with self._making:
            running, connections, closer = tuple(self._running), tuple(self._connections), self._closer
            self._client = self._closer = None
        for attempts in running:
            attempts.deadline.abandon()
        for connection in connections:
            cut(connection)  # before it is closed: that would not wake who reads from it
        if closer is not None:
            closer()

    def _send(self, attempts: Attempts, call: Callable[[OpenAI, Any], Any]) -> object:
        """Let `call` send through the client, as its `cast_to` the HTTP library's own response: the hooks read it.

        The SDK's methods for chat would check every field of the body against its types, a third of a call's work.
        """
        import openai  # a third of a second that only a live call pays for

        self._here.attempts = attempts
        with self._making:
            self._running.add(attempts)
        try:
            call(self._opened(), http_library().Response)
        except FinalFault as stopped:
            return stopped.fault
        except GivenUp:
            return Fault(None, "", kind="closed", attempts=attempts.count)
        except openai.APIStatusError as error:
            return attempts.last_fault or Fault(error.status_code, "", attempts=attempts.count)
        except UnicodeEncodeError as error:
            return Fault(400, f"the request holds a character that no text can hold ({error.reason})", attempts=0)
        except Exception as error:  # noqa: BLE001 - the SDK's, its HTTP library's and the system's, by version
            return Fault(None, _root_cause(error), attempts=attempts.count)
        else:
            return attempts.document
        finally:
            del self._here.attempts
            with self._making:
                self._running.discard(attempts)

    def _opened(self) -> OpenAI:
        with self._making:
            if self._client is None:
                self._client = self._open()
            return self._client

    def _open(self) -> OpenAI:
        import openai

        parts = urlsplit(self._address.reveal())
        here, key = self._here, self.key  # the hooks hold no reference to the endpoint: it could never be collected
        making, connections = self._making, self._connections

        def before(request: Any) -> None:
            request.extensions["trace"] = keep
            here.attempts.before(request)

        def keep(event: str, told: Any) -> None:
            if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
                with making:
                    connections.add(told["return_value"])

        http_client = openai.DefaultHttpxClient(
            event_hooks={
                "request": [before],
                "response": [lambda response: here.attempts.after(response, key)],
            },
            trust_env=not _is_loopback(self._address.reveal()),  # a company's proxy does not lead to your own machine
        )
        self._closer = weakref.finalize(self, http_client.close)
        return openai.OpenAI(
            api_key=self.key.reveal() or _NO_KEY,
            base_url=urlunsplit(parts._replace(query="", fragment="")),
            default_query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            default_headers={"Accept-Encoding": ENCODINGS},
            max_retries=self._max_retries,
            http_client=http_client,
        )


def http_library() -> Any:
    """Return the module of the HTTP library that the SDK is built on: httpx2, or httpx where it is older."""
    import openai

    client = next(base for base in openai.DefaultHttpxClient.__mro__ if base.__name__ == "Client")
    return sys.modules[client.__module__.partition(".")[0]]


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


def _without_path_of_chat(address: str) -> str:
    """Return an address as the SDK wants it, where it was copied with the path that the SDK adds."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/").removesuffix("/chat/completions")))


def secrets_in(address: str) -> tuple[str, ...]:
    """Return what of an address nobody should read: the password, and what its query says, versions aside."""
    parts = urlsplit(address)
    query = (value for name, value in parse_qsl(parts.query) if "version" not in name.lower())
    return (parts.password or "", unquote(parts.password or ""), *query)


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _root_cause(error: BaseException) -> str:
    """Return the message of the deepest error: "Connection error." says nothing, "Connection refused" does."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return str(error) or type(error).__name__
