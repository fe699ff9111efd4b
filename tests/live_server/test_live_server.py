"""A live exchange with a server that we did not write: llama.cpp's, with the tiny model of `tiny_model.py`.

`make test-server` builds it and runs this; without it these tests are skipped.
"""

import socket
import subprocess
import time
from pathlib import Path

import pytest
from list_store import ListStore

from latm_magic.errors import ModelError, ReplyError
from latm_magic.models.ledger import Ledger
from latm_magic.models.metered import MeteredModel
from latm_magic.models.model import FunctionSpec, Message, Request
from latm_magic.models.openai import OpenAIModel, list_models
from latm_magic.models.prices import Prices

pytestmark = [pytest.mark.server, pytest.mark.slow]

ENVIRONMENT = Path(__file__).parent / ".venv"
KEY = "live-server-key"
SAID = "Tiny models say little."
PARAMETERS = {"type": "object", "properties": {"reverse": {"type": "boolean"}}, "required": ["reverse"]}
FUNCTION = FunctionSpec("sort_words", "Sort words.", PARAMETERS)
REQUEST = Request("user", (Message("system", "Be brief."), Message("user", "Say something.")), max_tokens=64)
START_S = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Start the server; give its address."""
    if not (ENVIRONMENT / "built").exists():
        pytest.skip("the model server is not installed: make test-server builds it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(ENVIRONMENT / "bin" / "python"), "-m", "llama_cpp.server", "--model", str(ENVIRONMENT / "tiny.gguf")]
    command += ["--model_alias", "tiny", "--chat_format", "chatml-function-calling", "--n_ctx", "4096"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--api_key", KEY]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield _answering(server, f"http://127.0.0.1:{port}/v1", log)
    finally:
        server.kill()
        server.wait()


def _answering(server, address, log):
    """Wait until the server answers; give its address."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            list_models(KEY, address, deadline_s=5)
        except ModelError:
            time.sleep(0.2)
        else:
            return address
    pytest.fail(f"the model server did not start: {log.read_text()[-2000:]}")


@pytest.fixture
def connect(address):
    """Return a function that makes a model of the server."""
    made = []

    def make(name="tiny", **options):
        made.append(
            OpenAIModel(name, **{"api_key": KEY, "base_url": address, "deadline_s": 30, "max_retries": 2} | options)
        )
        return made[-1]

    yield make
    for model in made:
        model.close()


def test_models_when_listed(address):
    """The server's models are listed."""
    assert [each.name for each in list_models(KEY, address)] == ["tiny"]


@pytest.mark.parametrize("stream", [False, True])
def test_reply_when_asked(connect, stream):
    """The same reply comes at once and streamed; at once it is counted."""
    reply = connect(stream=stream).complete(REQUEST)
    assert (reply.text, reply.finish_reason, reply.model, reply.calls) == (SAID, "stop", "tiny", ())
    if not stream:  # this server does not count what it streams
        assert reply.usage.completion_tokens == 5
        assert reply.usage.prompt_tokens > 5


def test_function_call_when_functions_are_offered(connect):
    """The model calls the offered function with arguments of the schema's form."""
    model = connect()
    offered = Request("user", REQUEST.messages, functions=(FUNCTION,), max_tokens=64)
    (call,) = model.complete(offered).calls
    assert call.name == "sort_words"
    assert call.arguments.replace(" ", "") in ('{"reverse":false}', '{"reverse":true}')
    assert call.id
    assert model.supports_functions is True
    answered = (
        *REQUEST.messages,
        Message("assistant", "", calls=(call,)),
        Message("tool", "apple pear", call_id=call.id),
    )
    assert model.complete(Request("user", answered, max_tokens=64)).text == SAID


def test_meter_when_the_server_counts(connect):
    """The ledger holds what the server counted, at the price you gave."""
    ledger = Ledger(ListStore(), Prices({"tiny": {"input": 1.0, "output": 2.0}}))
    reply = MeteredModel(connect(), ledger, budget_usd=1.0).complete(REQUEST)
    entry = ledger.entries()[0]
    assert entry.completion_tokens == 5
    assert reply.cost_usd == entry.cost_usd == pytest.approx((entry.prompt_tokens + 2 * 5) / 1e6)


def test_error_when_the_reply_is_cut_off(connect):
    """A reply that the token limit cut off is told apart, with its text and usage."""
    with pytest.raises(ReplyError) as caught:
        connect().complete(Request("user", REQUEST.messages, max_tokens=2))
    assert caught.value.kind == "cut off"
    assert SAID.startswith(caught.value.reply.strip())
    assert caught.value.usage.completion_tokens == 2


def test_error_when_the_key_is_wrong(connect):
    """The server's 401 is of kind "key"."""
    with pytest.raises(ModelError) as caught:
        connect(api_key="another-key").complete(REQUEST)
    assert (caught.value.kind, caught.value.status) == ("key", 401)


def test_error_when_the_prompt_is_too_long(connect):
    """The server's word on its context length arrives as an error of one line."""
    with pytest.raises(ModelError, match="maximum context length is 4096 tokens") as caught:
        connect().complete(Request("user", (Message("user", "long " * 3000),), max_tokens=64))
    assert caught.value.kind == "request"
    assert "\n" not in str(caught.value)
