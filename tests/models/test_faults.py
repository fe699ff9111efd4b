"""Everything an endpoint can do wrong, through a real server: one line, the right kind, the next step, in time."""

import pickle
import subprocess
import sys
import threading
import time
from email.utils import formatdate

import pytest
from loopback import Turn, error, said, streamed

from latm_magic.errors import ModelError, ReplyError
from latm_magic.models.model import Message, Request, Usage
from latm_magic.models.openai import OpenAIModel, list_models

QUICK = {"retry-after-ms": "5"}
QUOTA = error(429, "You exceeded your current quota.", type="insufficient_quota", code="insufficient_quota")
SPENT = "You exceeded your current quota, please check your plan and billing details."
EXHAUSTED = {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": SPENT}
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}
BAD_KEY = {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}
UNKNOWN = error(404, "The model `loopback-11` does not exist.", code="model_not_found")


def fail(model, request, kind=ModelError):
    """Ask, and give the error, which is of one line."""
    with pytest.raises(kind) as caught:
        model.complete(request)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert caught.value._render_traceback_() == [f"{kind.__name__}: {caught.value}"]
    assert (caught.value.role, caught.value.model) == (request.role, model.name)
    return caught.value


ANSWERED = [
    (
        error(401, "Incorrect API key", code="invalid_api_key"),
        "key",
        "did not accept your key (401). Check OPENAI_API_KEY",
    ),
    (error(403, "Country not supported"), "key", "forbids loopback-1 to your key (403). Check OPENAI_API_KEY"),
    (error(402, "Insufficient Balance"), "credit", "Insufficient Balance). Top up the account"),
    (QUOTA, "credit", "(429: You exceeded your current quota.). Top up the account"),
    (error(429, "slow", {"retry-after": "600"}), "rate", "(429: slow) and wants 600 s of rest, asked once"),
    (error(429, "slow", {"retry-after": "21"}), "rate", "wants 21 s of rest"),
    (UNKNOWN, "model", "Did you mean 'loopback-1'? It offers loopback-1, loopback-2. Set maker_model."),
    (error(400, "invalid model ID"), "model", "It offers loopback-1, loopback-2."),
    (error(404, "Not Found"), "settings", "has no chat completions (404: Not Found). Check base_url"),
    (error(400, "context length exceeded"), "request", "(400: context length exceeded). Shorten the task"),
    (error(400, "Invalid schema for function 'f'"), "request", "refused the request"),
    (Turn(400, [{"error": BAD_KEY}]), "key", "did not accept your key (400). Check OPENAI_API_KEY"),
    (error(400, "Incorrect API key provided: sk-1"), "key", "did not accept your key (400)"),
    (Turn(429, [{"error": {**EXHAUSTED, "message": f"{SPENT} Retry in 60s."}}]), "rate", "and wants 60 s of rest"),
    (Turn(429, {"error": {**EXHAUSTED, "details": [RETRY_INFO]}}), "rate", "wants 37 s of rest, asked once"),
    (error(429, "Rate limit reached. Please try again in 7m12s."), "rate", "wants 432 s of rest"),
    (error(429, SPENT), "credit", "Top up the account"),
    (error(429, f"{SPENT} Retry in 9s.", type="insufficient_quota"), "credit", "Top up the account"),
    (error(429, "Your account is not active", code="billing_not_active"), "credit", "Top up the account"),
    (error(400, "Your credit balance is too low to access the API"), "credit", "Top up the account"),
    (Turn(400, [{"error": {"message": "no\nsuch\nfield " * 400, "code": 400}}]), "request", "(400: no such field no"),
    (Turn(body={"error": "just text"}), "server", "(500: just text)"),
]


@pytest.mark.parametrize(("turn", "kind", "words"), ANSWERED)
def test_error_when_the_endpoint_says_no(serve, connect, request_, turn, kind, words):
    """A failure that waiting cannot mend is asked for once, and named with the setting to turn."""
    endpoint = serve(turn)
    name = "loopback-11" if kind == "model" else "loopback-1"
    failure = fail(connect(endpoint, name), request_)
    assert failure.kind == kind
    assert words in str(failure)
    assert len(endpoint.chats) == 1


def test_error_when_no_key_is_set(serve, connect, request_):
    """An endpoint that wants a key where none is set is told apart from a wrong key."""
    failure = fail(connect(serve(error(401, "no key")), api_key=None), request_)
    assert "wants a key and none is set (401). Set OPENAI_API_KEY." in str(failure)


def test_error_when_the_limit_names_no_rest(serve, connect, request_):
    """A rate limit without Retry-After says how often it was tried."""
    failure = fail(connect(serve(error(429, "slow")), max_retries=0), request_)
    assert "limits the rate of loopback-1 (429: slow), asked once. Try again later." in str(failure)


def test_list_models_when_the_endpoint_fails(serve):
    """Listing models has its own deadline and the same kinds of errors."""
    for turn, kind in ((Turn(hang=True), "timeout"), (error(401, "no"), "key"), (error(500, "x", QUICK), "server")):
        with pytest.raises(ModelError) as caught:
            list_models("k", serve(turn, models=None).base_url, deadline_s=0.5 if turn.hang else 20)
        assert caught.value.kind == kind
    assert list_models("k", serve(Turn(body=[1]), models=None).base_url) == ()
    assert list_models("k", serve(Turn(body={"data": 5}), models=None).base_url) == ()


def test_models_when_listing_them_fails(serve, connect, request_):
    """An unknown model is named also where the list cannot be had."""
    endpoint = serve(UNKNOWN, error(403, "no list"), models=None)
    assert fail(connect(endpoint, "loopback-11"), request_).kind == "model"


def test_error_when_the_rest_is_a_date(serve, connect, request_):
    """A Retry-After that is a date is told in seconds."""
    turn = error(429, "slow", {"retry-after": formatdate(time.time() + 90, usegmt=True)})
    failure = fail(connect(serve(turn)), request_)
    assert failure.kind == "rate"
    assert 80 < failure.retry_after_s <= 90


def test_error_when_the_rest_is_longer_than_what_is_left(serve, connect, request_):
    """A rest that would pass the deadline is not begun."""
    endpoint = serve(error(429, "slow", {"retry-after": "15"}))
    failure = fail(connect(endpoint, deadline_s=10), request_)
    assert (failure.kind, failure.retry_after_s, len(endpoint.chats)) == ("rate", 15, 1)


@pytest.mark.parametrize(("status", "kind"), [(429, "rate"), (500, "server"), (503, "server"), (408, "server")])
def test_error_when_retries_do_not_help(serve, connect, request_, status, kind):
    """What may pass is tried again by the SDK, as often as max_retries says, then named."""
    endpoint = serve(error(status, "busy", QUICK))
    failure = fail(connect(endpoint, max_retries=2), request_)
    assert (failure.kind, failure.status) == (kind, status)
    assert "3 times" in str(failure)
    assert len(endpoint.chats) == 3


@pytest.mark.parametrize("turn", [error(500, "boom", QUICK), error(429, "slow", QUICK), Turn(drop=True)])
def test_reply_when_a_retry_helps(serve, connect, request_, turn):
    """A failure that passes is not seen."""
    assert connect(serve(turn, said("fine"))).complete(request_).text == "fine"


@pytest.mark.parametrize(
    "turn",
    [
        Turn(429, [{"error": {**EXHAUSTED, "details": [{**RETRY_INFO, "retryDelay": "0.01s"}]}}]),
        Turn(429, {"error": {**EXHAUSTED, "message": f"{SPENT} Please retry in 12.3456ms."}}),
        error(503, "Loading, try again in 0.01 seconds"),
    ],
)
def test_reply_when_an_endpoint_says_in_its_body_when_to_come_back(serve, connect, request_, turn):
    """A rest that the words of a fault ask for is taken like a Retry-After, and told."""
    waits = []
    model = connect(serve(turn, said("fine")), on_wait=lambda seconds, _text: waits.append(seconds))
    assert model.complete(request_).text == "fine"
    assert waits == [pytest.approx(0.01, abs=0.01)]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "turn",
    [
        Turn(hang=True),
        Turn(body={"x": "y" * 1000}, drip_s=0.05),
        Turn(chunks=[{"choices": [{"delta": {"content": "x"}}]}] * 1000, drip_s=0.05),
    ],
    ids=["hang", "drip", "endless stream"],
)
def test_error_when_no_answer_comes_in_time(serve, connect, request_, turn, stream):
    """A hang, a dripping body and an endless stream end at the one deadline, however often bytes arrive."""
    done = threading.Event()
    failures = []
    model = connect(serve(turn), deadline_s=0.6, stream=stream)

    def ask():
        failures.append(fail(model, request_))
        done.set()

    threading.Thread(target=ask, daemon=True).start()
    assert done.wait(15)  # generous: what is checked is that it ends while the endpoint goes on
    assert failures[0].kind == "timeout"
    assert "gave no answer within 0.6 s. Raise deadline_s" in str(failures[0])


def test_error_when_retries_use_up_the_deadline(serve, connect, request_):
    """The deadline is one over all attempts, and its error says what the attempts met."""
    endpoint = serve(error(503, "overloaded", {"retry-after": "0.4"}))
    failure = fail(connect(endpoint, deadline_s=1.0, max_retries=10), request_)
    assert failure.kind in ("timeout", "server")  # the last rest would pass the deadline, or was under way
    assert "overloaded" in str(failure)
    assert len(endpoint.chats) < 6


@pytest.mark.parametrize("turn", [Turn(drop=True), Turn(body={"x": "y" * 100}, drop=True)], ids=["at once", "midway"])
def test_error_when_the_connection_drops(serve, connect, request_, turn):
    """A dropped connection is of kind "connection" and says what was seen of it."""
    failure = fail(connect(serve(turn), max_retries=0), request_)
    assert (failure.kind, failure.status) == ("connection", None)
    assert "Check base_url and the network." in str(failure)


def test_error_when_there_is_no_network(request_):
    """A refused connection and a name that nobody knows are of kind "connection"."""
    for address, words in (("http://127.0.0.1:9/v1", "refused"), ("http://nobody.invalid/v1", "")):
        with OpenAIModel("m", api_key="k", base_url=address, max_retries=0, deadline_s=30) as model:
            failure = fail(model, request_)
        assert failure.kind == "connection"
        assert words in str(failure)


def test_error_when_a_proxy_is_set(serve, connect, request_, monkeypatch):
    """An endpoint on this machine is reached directly, whatever proxy the environment names."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert connect(serve(said("direct")), max_retries=0).complete(request_).text == "direct"


USAGE = {"prompt_tokens": 5, "completion_tokens": 2}
FLAWED = [
    (Turn(body=b"{not json"), "unreadable", "gave no chat completion for loopback-1: '{not json'"),
    (Turn(body=b""), "unreadable", "gave no chat completion"),
    (Turn(body=b"\xff\xfe\x00"), "unreadable", "gave no chat completion"),
    (Turn(body=b"<html>", headers={"content-type": "text/html"}), "unreadable", "Check that base_url points at"),
    (Turn(body={"id": 1}), "unreadable", "no chat completion"),
    (Turn(body={"choices": []}), "unreadable", "no chat completion"),
    (Turn(body={"choices": "none"}), "unreadable", "no chat completion"),
    (Turn(body=[1, 2]), "unreadable", "no chat completion"),
    (Turn(body=None), "unreadable", "no chat completion"),
    (said("def sort", finish="length", usage=USAGE), "cut off", "was cut off after 8 characters"),
    (said("", finish="length", usage=USAGE), "cut off", "%config Latm.max_tokens = 8192, or name another maker_model."),
    (said("", finish="length", usage=USAGE), "cut off", "the maker model, was cut off after 0 characters (its tokens"),
    (said("", usage=USAGE), "empty", "is empty. Ask again, or name another maker_model"),
    (said(" \n", usage=USAGE), "empty", "is empty"),
    (said(None, usage=USAGE), "empty", "is empty"),
    (Turn(body={"choices": [{"message": None}], "usage": USAGE}), "empty", "is empty"),
    (said(None, refusal="I cannot help.", usage=USAGE), "refused", "refused to answer: 'I cannot help.'"),
    (said("par", finish="content_filter", usage=USAGE), "refused", "refused to answer"),
]


@pytest.mark.parametrize(("turn", "kind", "words"), FLAWED)
def test_error_when_the_reply_cannot_be_used(serve, connect, request_, turn, kind, words):
    """Unreadable, cut-off, empty and refused replies are told apart, and carry their text and usage."""
    endpoint = serve(turn)
    failure = fail(connect(endpoint), request_, ReplyError)
    assert failure.kind == kind
    assert words in str(failure)
    assert failure.usage == (None if kind == "unreadable" else Usage(5, 2))
    assert len(endpoint.chats) == 1
    again = pickle.loads(pickle.dumps(failure))
    assert (str(again), again.kind, again.reply, again.usage) == (str(failure), kind, failure.reply, failure.usage)


STREAMED = [
    (streamed({"content": "def sort"}, finish="length"), ReplyError, "cut off"),
    (streamed({"content": "def sort"}, finish=None, drop=True), ReplyError, "cut off"),
    (streamed({"content": ""}), ReplyError, "empty"),
    (streamed({"refusal": "No"}, {"refusal": "."}), ReplyError, "refused"),
    (Turn(chunks=["[DONE]"]), ReplyError, "unreadable"),
    (Turn(chunks=["{bad"]), ReplyError, "unreadable"),
    (Turn(chunks=[{"error": {"message": "overloaded", "code": 503}}]), ModelError, "server"),
    (Turn(chunks=[{"choices": [{"delta": {"content": "x"}}]}, {"error": {"message": "late"}}]), ModelError, "server"),
]


@pytest.mark.parametrize(("turn", "error_class", "kind"), STREAMED)
def test_error_when_a_stream_goes_wrong(serve, connect, request_, turn, error_class, kind):
    """A stream that ends early, empty, refused, broken or in an error is told apart like a reply that came at once."""
    assert fail(connect(serve(turn), stream=True), request_, error_class).kind == kind


def test_cut_off_when_part_of_the_reply_came(serve, connect, request_):
    """A cut-off reply carries what there was of it, so that nothing is lost."""
    assert fail(connect(serve(said("def sort", finish="length"))), request_, ReplyError).reply == "def sort"


def test_message_when_the_endpoint_talks_a_lot(serve, connect, request_):
    """Line ends, control characters and length in an endpoint's words do not get into the line."""
    failure = fail(connect(serve(error(400, "a\nb\x1b[31m" + "c" * 5000))), request_)
    assert "a b [31mccc" in str(failure)
    assert len(str(failure)) < 600


def test_setting_when_another_role_asks(serve, connect):
    """The line names the setting of the role that asked; "direct" is the maker's model."""
    for role, setting in (("user", "user_model"), ("dispatcher", "dispatcher_model"), ("direct", "maker_model")):
        failure = fail(connect(serve(UNKNOWN), "x"), Request(role, (Message("user", "q"),)))
        assert f"Set {setting}." in str(failure)


def test_models_when_the_endpoint_does_not_list_them(serve, connect, request_):
    """An unknown model is named also where the endpoint offers no list."""
    endpoint = serve(UNKNOWN, models=())
    assert "offers no model 'loopback-11'. Set maker_model." in str(fail(connect(endpoint, "loopback-11"), request_))


def test_process_when_a_call_was_abandoned(serve):
    """A call that was given up does not keep the process from ending."""
    endpoint = serve(Turn(hang=True))
    code = (
        "from latm_magic.models.openai import OpenAIModel\n"
        "from latm_magic.models.model import Message, Request\n"
        f"model = OpenAIModel('m', api_key='k', base_url={endpoint.base_url!r}, deadline_s=0.3, max_retries=2)\n"
        "try: model.complete(Request('user', (Message('user', 'q'),)))\n"
        "except Exception as error: print(error.kind)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.returncode) == ("timeout", 0)


def test_a_model_when_listed_but_not_served_is_not_suggested_again(serve, connect, request_):
    """A 404 for a model that the endpoint lists does not ask whether you meant that very model."""
    failure = fail(connect(serve(UNKNOWN)), request_)
    assert "lists 'loopback-1' but does not serve it" in str(failure)
    assert "Did you mean" not in str(failure)


def test_error_when_thinking_took_all_is_a_reply_cut_off(serve, connect, request_):
    """Some say by a refusal that nothing was left of the limit: it is not taken for one that is too large."""
    endpoint = serve(
        error(400, "Could not finish the message because max_tokens was reached. Try again with higher max_tokens.")
    )
    failure = fail(connect(endpoint), request_, ReplyError)
    assert (failure.kind, failure.limit, len(endpoint.chats)) == ("cut off", None, 1)
    assert "Raise it: %config Latm.max_tokens = 8192" in str(failure)


def test_error_when_a_model_writes_no_more_names_another(serve, connect, request_):
    """Where the model takes no larger limit, or none, the setting cannot help."""
    cut = said("x", finish="length")
    for refusal, words in (
        ("max_tokens: 4096 > 99", "99 tokens, the most that it takes. Make the task smaller"),
        ("max_tokens is too large", "Make"),
    ):
        failure = fail(connect(serve(error(400, refusal), cut)), request_, ReplyError)
        assert words in str(failure)
        assert "%config" not in str(failure)
