"""OpenAIModel against a real HTTP server on loopback: replies, connections, threads, interruption, secrets."""

import copy
import logging
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest
from loopback import CANARY, Turn, called, error, said, streamed

from latm_magic.errors import LatmError, ModelError
from latm_magic.models.model import FunctionCall, FunctionSpec, Message, Request, Usage
from latm_magic.models.openai import OpenAIModel, list_models

FUNCTION = FunctionSpec("sort_words", "Sort words.", {"type": "object", "properties": {"words": {"type": "array"}}})
AWKWARD = "braces {x} {{y}} $z ` \"quoted\" 's' --- => \x00 \U0001f600 שלום " + "long " * 20_000


def test_reply_when_the_endpoint_answers(serve, connect, request_):
    """A reply carries text, the endpoint's model name, finish reason, usage with cached tokens, and its seconds."""
    reply = connect(serve(said("def sort_words(): ..."))).complete(request_)
    assert (reply.text, reply.model, reply.finish_reason) == ("def sort_words(): ...", "loopback-1", "stop")
    assert reply.usage == Usage(prompt_tokens=12, completion_tokens=3, cached_tokens=4)
    assert reply.seconds > 0
    assert reply.recorded == ""
    assert reply.cost_usd is None


def test_body_when_a_request_is_sent(serve, connect, request_):
    """The body holds name, messages, temperature and token limit, and neither tools nor response_format unasked."""
    endpoint = serve(said("ok"))
    connect(endpoint).complete(request_)
    assert endpoint.chats[0].body == {
        "model": "loopback-1",
        "messages": [{"role": "system", "content": "Write Python."}, {"role": "user", "content": "Sort the words."}],
        "temperature": 0.0,
        "max_tokens": 4096,
    }


def test_text_when_it_is_awkward(serve, connect):
    """NUL, braces, quotes, emoji, right-to-left text and 100 KB lines reach the endpoint and come back unchanged."""
    endpoint = serve(said(AWKWARD))
    reply = connect(endpoint).complete(Request("user", (Message("user", AWKWARD),)))
    assert endpoint.chats[0].body["messages"][0]["content"] == AWKWARD
    assert reply.text == AWKWARD


def test_surrogate_when_one_stands_alone(serve, connect):
    """A lone surrogate in a request is an error of one line, in a reply it is replaced; a pair is one character."""
    endpoint = serve(
        Turn(body=rb'{"choices":[{"message":{"content":"a\ud800b \ud83d\ude00"},"finish_reason":"stop"}]}')
    )
    model = connect(endpoint)
    with pytest.raises(ModelError, match="no text can hold") as caught:
        model.complete(Request("user", (Message("user", "lone \ud800"),)))
    assert caught.value.kind == "request"
    assert model.complete(Request("user", (Message("user", "x"),))).text == "a\ufffdb \U0001f600"


def test_function_call_when_functions_are_offered(serve, connect):
    """Functions are offered as tools, a demanded call as tool_choice, and the call comes back as the model wrote it."""
    endpoint = serve(called("sort_words", '{"words": ["b", "a"'))
    model = connect(endpoint)
    assert model.supports_functions is None
    reply = model.complete(Request("user", (Message("user", "q"),), functions=(FUNCTION,), must_call=True))
    assert reply.calls == (FunctionCall("sort_words", '{"words": ["b", "a"', "call_1"),)
    assert reply.text == ""
    assert model.supports_functions is True
    body = endpoint.chats[0].body
    assert body["tool_choice"] == "required"
    assert body["tools"][0]["function"] == {
        "name": "sort_words",
        "description": "Sort words.",
        "parameters": FUNCTION.parameters,
    }


def test_messages_when_calls_were_answered(serve, connect):
    """An assistant's calls and the tool messages that answer them go out in the endpoint's form."""
    endpoint = serve(said("done"))
    call = FunctionCall("f", "{}", "call_7")
    messages = (Message("user", "q"), Message("assistant", "", calls=(call,)), Message("tool", "42", call_id="call_7"))
    connect(endpoint).complete(Request("user", messages, functions=(FUNCTION,)))
    sent = endpoint.chats[0].body["messages"]
    assert sent[1] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_7", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    }
    assert sent[2] == {"role": "tool", "tool_call_id": "call_7", "content": "42"}


def test_stream_when_the_reply_comes_in_pieces(serve, connect, request_):
    """A streamed reply is gathered to what it would have been at once, usage included."""
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    endpoint = serve(streamed({"role": "assistant"}, {"content": "he"}, {"content": "llo"}, usage=usage))
    reply = connect(endpoint, stream=True).complete(request_)
    assert (reply.text, reply.finish_reason, reply.usage) == ("hello", "stop", Usage(3, 2))
    assert endpoint.chats[0].body["stream_options"] == {"include_usage": True}


def test_stream_when_calls_come_in_pieces(serve, connect):
    """Two calls whose arguments are streamed in turns are put together each for itself."""
    pieces = [
        {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 1, "id": "b", "function": {"name": "g", "arguments": "{"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"x":'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}, {"index": 1, "function": {"arguments": "}"}}]},
    ]
    endpoint = serve(streamed(*pieces, finish="tool_calls"))
    reply = connect(endpoint, stream=True).complete(Request("user", (Message("user", "q"),), functions=(FUNCTION,)))
    assert reply.calls == (FunctionCall("f", '{"x":1}', "a"), FunctionCall("g", "{}", "b"))


def test_stream_when_a_surrogate_pair_is_split(serve, connect, request_):
    """An emoji whose halves come in two chunks is one emoji."""
    endpoint = serve(streamed({"content": "\ud83d"}, {"content": "\ude00"}))
    assert connect(endpoint, stream=True).complete(request_).text == "\U0001f600"


def test_stream_when_the_endpoint_answers_at_once(serve, connect, request_):
    """An endpoint that ignores the wish to stream, or streams unasked, is read all the same."""
    assert connect(serve(said("at once")), stream=True).complete(request_).text == "at once"
    assert connect(serve(streamed({"content": "un"}, {"content": "asked"}))).complete(request_).text == "unasked"


def test_connection_when_asked_again(serve, connect, request_):
    """Calls one after the other share one connection."""
    endpoint = serve(said("ok"))
    model = connect(endpoint)
    for _ in range(3):
        model.complete(request_)
    assert (len(endpoint.chats), endpoint.connections) == (3, 1)


def test_model_when_closed(serve, connect, request_):
    """Closing gives the connections back, and a later call opens new ones."""
    endpoint = serve(said("ok"))
    model = connect(endpoint)
    model.complete(request_)
    model.close()
    model.close()
    assert model.complete(request_).text == "ok"
    assert endpoint.connections == 2


def test_threads_when_many_ask_one_model(serve, connect):
    """Threads share a model: each gets the reply to its own request."""
    endpoint = serve(said("unused"))
    endpoint.next_turn = lambda asked: said(asked.body["messages"][0]["content"])
    model = connect(endpoint)
    with ThreadPoolExecutor(8) as threads:
        replies = threads.map(lambda i: model.complete(Request("user", (Message("user", f"q{i}"),))).text, range(40))
    assert list(replies) == [f"q{i}" for i in range(40)]


def test_interrupt_when_a_call_is_under_way(serve, connect, request_):
    """Interrupting a call raises at once on the calling thread, and the model answers the next call."""
    endpoint = serve(Turn(hang=True), said("still here"))
    model = connect(endpoint)

    def interrupt():
        while not endpoint.chats:
            endpoint.wait(0.01)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        model.complete(request_)
    thread.join()
    assert model.complete(request_).text == "still here"


def test_on_wait_when_a_short_rest_is_asked_for(serve, connect, request_):
    """A short Retry-After is waited out by the SDK and told, on the calling thread."""
    told = []
    endpoint = serve(error(429, "slow down", {"retry-after-ms": "40"}), said("ok"))
    model = connect(endpoint, on_wait=lambda *args: told.append((*args, threading.current_thread())))
    assert model.complete(request_).text == "ok"
    assert told == [(0.04, "The endpoint limits the rate (429); asking again in 0 s.", threading.main_thread())]


def test_list_models_when_the_endpoint_has_some(serve):
    """The names of the models come sorted, and the key is sent for them."""
    endpoint = serve(said("ok"), models=("zeta", "alpha"))
    assert [each.name for each in list_models(CANARY, endpoint.base_url)] == ["alpha", "zeta"]
    assert endpoint.requests[0].headers["authorization"] == f"Bearer {CANARY}"


def test_list_models_when_nobody_listens():
    """An endpoint that is not there is an error of kind "connection"."""
    with pytest.raises(ModelError, match="Connection refused") as caught:
        list_models(None, "http://127.0.0.1:9/v1")
    assert caught.value.kind == "connection"


def test_key_when_none_is_set(serve, connect, request_):
    """Without a key a call still goes out, since servers of your own ask for none."""
    endpoint = serve(said("ok"))
    assert connect(endpoint, api_key=None).complete(request_).text == "ok"


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"base_url": "localhost:11434/v1"}, "settings", "base_url is not a web address"),
        ({"base_url": "http://"}, "settings", "base_url is not a web address"),
        ({"base_url": "http://[::1/v1"}, "settings", "base_url is not a web address"),
        ({"api_key": f"{CANARY}\nX-Other: 1"}, "key", "Check OPENAI_API_KEY"),
        ({"api_key": f"{CANARY}é"}, "key", "Check OPENAI_API_KEY"),
        ({"deadline_s": 0}, "settings", "deadline_s"),
        ({"max_retries": -1}, "settings", "max_retries"),
    ],
)
def test_settings_when_they_cannot_work(options, kind, words):
    """A setting that cannot work is an error before anything is sent, and does not quote the key."""
    with pytest.raises(ModelError, match=words) as caught:
        OpenAIModel("m", **{"api_key": CANARY, "deadline_s": 20, "max_retries": 2} | options)
    assert caught.value.kind == kind
    assert CANARY not in str(caught.value)


ECHOES = [
    error(401, f"Incorrect API key provided: {CANARY}.", code="invalid_api_key"),
    error(400, f"bad header Authorization: Bearer {CANARY}"),
    error(404, f"model not found for {CANARY}", code="model_not_found"),
    error(429, f"{CANARY} is out", code="insufficient_quota"),
    error(429, f"limit of {CANARY}", {"retry-after": "900"}),
    error(500, f"crashed with {CANARY}"),
    Turn(body=f"<html>{CANARY}</html>".encode()),
    Turn(status=502, body=CANARY.encode()),
    said(f"your key is {CANARY}", finish="length"),
    said(None, refusal=f"I will not tell {CANARY}"),
    streamed({"content": f"your key is {CANARY}"}, finish="length"),
    Turn(chunks=[{"error": {"message": f"died with {CANARY}"}}]),
]


def _locals_of_the_package(failure):
    """Return the locals that a debugger, or IPython's verbose mode, would print of our frames."""
    frames = [frame for frame, _ in traceback.walk_tb(failure.__traceback__)]
    ours = [frame for frame in frames if "latm_magic" in frame.f_code.co_filename]
    assert ours
    return [repr(value) for frame in ours for value in frame.f_locals.values()]


@pytest.mark.parametrize("turn", ECHOES)
@pytest.mark.parametrize("stream", [False, True])
def test_key_when_the_endpoint_echoes_it(serve, connect, request_, turn, stream, caplog, capfd):
    """The key is in no message, attribute, repr, traceback, pickle, log or output, even where an error quotes it."""
    caplog.set_level(logging.DEBUG)
    model = connect(serve(turn), max_retries=0, stream=stream)
    with pytest.raises(LatmError) as caught:
        model.complete(request_)
    shown = [
        str(caught.value),
        repr(caught.value),
        repr(vars(caught.value)),
        "".join(traceback.format_exception(caught.value)),
        *_locals_of_the_package(caught.value),
        repr(pickle.dumps(caught.value)),
        repr(model),
        repr(vars(model)),
        repr(vars(model._endpoint)),
        caplog.text,
        *capfd.readouterr(),
    ]
    assert not [text for text in shown if CANARY in text]
    assert caught.value.__context__ is None
    assert "\n" not in str(caught.value)


def test_key_when_the_model_is_copied():
    """A model does not pickle or copy, so its key cannot be passed to a worker by accident."""
    model = OpenAIModel("m", api_key=CANARY, deadline_s=20, max_retries=2)
    for leave in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match=r"does not leave the process|cannot pickle"):
            leave(model)


def test_address_when_it_holds_a_password(serve, connect, request_):
    """User, password and query of base_url are sent and never shown."""
    endpoint = serve(error(500, "boom"))
    address = endpoint.base_url.replace("http://", "http://me:hunter2secret@") + "?token=opensesame"
    model = connect(endpoint, base_url=address, max_retries=0)
    with pytest.raises(ModelError) as caught:
        model.complete(request_)
    assert model.base_url == endpoint.base_url
    assert not [word for word in ("hunter2secret", "opensesame") if word in str(caught.value) + repr(vars(model))]


def test_model_when_nothing_holds_it(serve, request_):
    """A model that nobody holds closes its connections: nothing keeps it alive."""
    import gc
    import weakref

    address = serve(said("ok")).base_url
    model = OpenAIModel("loopback-1", api_key="k", base_url=address, deadline_s=20, max_retries=2)
    model.complete(request_)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_import_when_nothing_is_asked():
    """Importing and making models loads neither the SDK nor the prices."""
    code = (
        "import sys, latm_magic.models.openai as o, latm_magic.models.recorded, latm_magic.models.metered\n"
        "import latm_magic.testing; o.OpenAIModel('m', api_key='k', deadline_s=20, max_retries=2)\n"
        "print([n for n in ('openai', 'httpx2', 'httpx', 'genai_prices', 'pydantic', 'pandas') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", ["", "/", "/chat/completions", "/chat/completions/"])
@pytest.mark.parametrize("query", ["", "?api-version=2024-10-21&sig=opensesame"])
def test_address_when_it_was_copied_whole(serve, connect, request_, path, query):
    """An address with a query, or with the path that is added to it, is asked where it says; a version is no secret."""
    endpoint = serve(said("on 2024-10-21: opensesame"))
    endpoint.next_turn = lambda asked: endpoint.requests.append(asked) or endpoint.turns[0]
    model = connect(endpoint, base_url=endpoint.base_url + path + query)
    assert model.complete(request_).text == f"on 2024-10-21: {'[key]' if query else 'opensesame'}"
    assert [request.path for request in endpoint.requests] == [f"/v1/chat/completions{query}"]
    assert model.base_url == endpoint.base_url
