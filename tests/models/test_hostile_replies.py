"""Replies that are made, or happen, to do harm: each is an error of one line, bounded in size and time, and paid for.

Through a real server on loopback. What an ordinary endpoint does wrong is in test_faults.py.
"""

import gzip
import json
import threading
import tracemalloc
import zlib

import pytest
from list_store import ListStore
from loopback import CANARY, Turn, error, said, streamed

from latm_magic.errors import ModelError, ReplyError
from latm_magic.models.ledger import Ledger
from latm_magic.models.metered import MeteredModel
from latm_magic.models.prices import Prices
from latm_magic.models.recorded import RecordingModel

ESCAPED = "".join(f"\\u{ord(character):04x}" for character in CANARY)
SLASHED = "ab1/cd2/ef3gh4ij5kl6"
CHUNK = {"choices": [{"delta": {"content": "x"}}]}


def failure(model, request):
    """Ask, and give the error, which is of one line."""
    with pytest.raises(ModelError) as caught:
        model.complete(request)
    assert "\n" not in str(caught.value)
    return caught.value


def meter(model, **options):
    """Put a model on a meter whose prices are round: gives both."""
    ledger = Ledger(ListStore(), Prices({"loopback-1": {"input": 0.0, "output": 1000.0}}))
    return MeteredModel(model, ledger, budget_usd=100.0, **options), ledger


ESTIMATE = 4.096  # 4096 tokens at 1000 dollars a million


def raw_reply(content, key="content"):
    """Return a reply whose content stands in the JSON as it is given."""
    body = '{"choices":[{"message":{"%s":"%s"},"finish_reason":"stop"}]}' % (key, content)
    return Turn(body=body.encode())


def called_with(arguments):
    """Return a reply that calls a function with arguments that stand in the JSON as they are given."""
    body = '{"choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"f","arguments":"%s"}}]}}]}'
    return Turn(body=(body % arguments).encode())


HIDDEN_KEYS = [
    raw_reply(ESCAPED),
    raw_reply(ESCAPED.upper().replace("\\U", "\\u")),
    raw_reply(ESCAPED.replace("\\u", "\\\\u")),  # JSON that holds JSON: decoded twice
    raw_reply("".join(f"\\\\x{ord(character):02x}" for character in CANARY)),  # source that is run
    raw_reply(ESCAPED, key="refusal"),
    called_with(ESCAPED),
    called_with('{\\"words\\": \\"' + ESCAPED.replace("\\u", "\\\\u") + '\\"}'),
    called_with(f'{{\\"{CANARY}\\": 1}}'),
    Turn(body={"choices": [{"message": {"content": [{"text": CANARY[:9]}, {"text": CANARY[9:]}]}}]}),
    streamed({"content": CANARY[:9]}, {"content": CANARY[9:]}),
    streamed({"content": f"<think>{CANARY}</think>ok"}),
    said("ok", model=CANARY),
    Turn(body=b'{"error": {"message": "' + ESCAPED.encode() + b'"}}'),
    Turn(status=400, body=b'{"error": {"message": "' + ESCAPED.encode() + b'", "code": "' + ESCAPED.encode() + b'"}}'),
    Turn(status=302, headers={"location": f"http://elsewhere.invalid/{CANARY}"}),
    Turn(chunks=[CANARY]),
]


@pytest.mark.parametrize("turn", HIDDEN_KEYS)
def test_key_when_it_comes_back_in_disguise(serve, connect, request_, turn, tmp_path):
    """However a reply or an error spells the key, it is in nothing that is returned, raised, recorded or decoded."""
    path = tmp_path / "r.jsonl"
    try:
        kept = repr(RecordingModel(connect(serve(turn), max_retries=0), path).complete(request_))
    except ModelError as caught:
        kept = str(caught) + repr(vars(caught))
    kept += path.read_text() if path.exists() else ""
    for _ in range(3):
        assert CANARY.lower() not in kept.lower()
        kept = kept.replace("\\\\", "\\").encode("ascii", "replace").decode("unicode_escape", "replace")


def test_key_when_it_holds_a_slash(serve, connect, request_):
    """A server that escapes the slashes does not get the key past us."""
    turn = raw_reply(f"it is {SLASHED}".replace("/", "\\/"))
    assert connect(serve(turn), api_key=SLASHED).complete(request_).text == "it is [key]"


def bomb(compress):
    """Return a reply of 200 MB that is small on the wire."""
    packed = b"".join([compress.compress(b"[" * 2**20) for _ in range(200)]) + compress.flush()
    return Turn(body=packed, headers={"content-encoding": "gzip"})


@pytest.mark.parametrize(
    "turn",
    [
        Turn(body=b"a" * 2**20, endless=True),
        Turn(body=b"a" * 2**20, endless=True, headers={"content-type": "text/event-stream"}),
        Turn(body=b"a" * 2**20, endless=True, status=400),
        bomb(zlib.compressobj(9, zlib.DEFLATED, 31)),
        bomb(zlib.compressobj(9)),
    ],
    ids=["endless", "endless stream", "endless error", "gzip", "deflate"],
)
def test_reply_when_it_is_too_large(serve, connect, request_, turn):
    """A reply is read up to some MB, decompressed; memory does not grow beyond, and it is asked for once."""
    endpoint = serve(turn)
    tracemalloc.start()
    try:
        failed = failure(connect(endpoint, max_retries=2), request_)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 150_000_000
    assert len(endpoint.chats) == 1
    assert failed.kind == ("request" if turn.status == 400 else "server")
    assert turn.status == 400 or "MB, not read. Check base_url" in str(failed)


def test_compression_when_it_is_an_ordinary_one(serve, connect, request_):
    """A compressed reply is read; a kind that was not asked for, or one that is broken, is an error."""
    body = json.dumps(said("packed").body).encode()
    packed = Turn(body=gzip.compress(body), headers={"content-encoding": "gzip"})
    assert connect(serve(packed)).complete(request_).text == "packed"
    for data, encoding in ((body, "br"), (body, "gzip"), (gzip.compress(body)[:-20], "gzip")):
        broken = Turn(body=data, headers={"content-encoding": encoding})
        assert failure(connect(serve(broken), max_retries=0), request_).kind == "connection"


def readers():
    """Return the threads that ask models."""
    return [thread for thread in threading.enumerate() if thread.name == "latm-model"]


@pytest.mark.parametrize(
    "turn",
    [
        Turn(body=b" ", endless=True, drip_s=0.02),
        Turn(body=b"\n", endless=True, drip_s=0.02, headers={"content-type": "text/event-stream"}),
        Turn(body=b" ", endless=True, drip_s=3600),
    ],
    ids=["drip", "drip of a stream", "silence"],
)
def test_reader_when_its_call_was_given_up(serve, connect, request_, turn):
    """The thread that reads a reply without end stops when its call does, whether or not bytes still come."""
    model = connect(serve(turn), deadline_s=0.4)
    assert failure(model, request_).kind == "timeout"
    for thread in readers():
        thread.join(20)  # generous: the endpoint would go on for an hour
    assert not readers()


@pytest.mark.parametrize("turn", [Turn(body=b" ", endless=True, drip_s=3600), Turn(hang=True)], ids=["body", "status"])
def test_reader_when_the_model_is_closed(serve, connect, request_, turn):
    """Closing a model ends the call that is under way, at a cost that nobody knows."""
    endpoint = serve(turn)
    inner = connect(endpoint, deadline_s=3600)
    model, ledger = meter(inner)
    failed = []
    asking = threading.Thread(target=lambda: failed.append(failure(model, request_)))
    asking.start()
    while not endpoint.chats:
        endpoint.wait(0.01)
    inner.close()
    asking.join(20)
    for thread in readers():
        thread.join(20)
    assert not readers()
    assert "closed meanwhile" in str(failed[0])
    assert ledger.entries()[0].cost_usd is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_when_it_leads_elsewhere(serve, connect, request_, status):
    """A question goes to the host of base_url and to no other: the error names where it was sent on to."""
    other = serve(said("never"))
    there = f"http://me:hunter2@localhost:{other.base_url.split(':')[-1]}/chat/completions?token=abc"
    endpoint = serve(Turn(status=status, headers={"location": there}))
    failed = failure(connect(endpoint), request_)
    assert other.requests == []
    assert failed.kind == "settings"
    assert f"redirects to http://localhost:{other.base_url.split(':')[-1]}/chat/completions ({status})" in str(failed)
    assert "hunter2" not in str(failed)
    assert len(endpoint.chats) == 1


@pytest.mark.parametrize("location", ["file:///etc/passwd", "//[", "ftp://127.0.0.1/"])
def test_redirect_when_it_leads_nowhere(serve, connect, request_, location):
    """A redirect to what is no web address is an error of one line."""
    assert failure(connect(serve(Turn(status=307, headers={"location": location}))), request_).kind == "settings"


def test_redirect_when_it_stays_on_the_host(serve, connect, request_):
    """A redirect on the same host is followed where it keeps the question, and an error where it would lose it."""
    moved = Turn(status=307, headers={"location": "/v1/chat/completions"})
    assert connect(serve(moved, said("moved"))).complete(request_).text == "moved"
    lost = Turn(status=301, headers={"location": "/v1/chat/completions"})
    assert failure(connect(serve(lost, said("moved"))), request_).kind == "settings"


DEEP = b"[" * 200_000
BREAKING = [
    Turn(body=DEEP),
    Turn(body=b'{"choices":' + b"[" * 900 + b"]" * 900 + b"}"),
    Turn(body=b'{"a":' * 480 + b"1" + b"}" * 480),
    Turn(body=b'{"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":' + b"9" * 6000 + b"}}"),
    Turn(status=200, body=DEEP, headers={"content-type": "text/event-stream"}),
    Turn(chunks=["null", CHUNK, "[DONE]"]),
    Turn(chunks=[[1, 2], CHUNK, "[DONE]"]),
    Turn(chunks=[5, CHUNK, "[DONE]"]),
    Turn(chunks=['"x"', CHUNK, "[DONE]"]),
    Turn(chunks=["{bad", CHUNK, "[DONE]"]),
    Turn(chunks=["[" * 200_000]),
]


@pytest.mark.parametrize("turn", BREAKING)
@pytest.mark.parametrize("stream", [False, True])
def test_reply_when_it_breaks_its_reader(serve, connect, request_, turn, stream):
    """No reply gets past us as an error of the interpreter; what it cost is unknown, and counts with the estimate."""
    model, ledger = meter(connect(serve(turn), stream=stream))
    failed = failure(model, request_)
    assert isinstance(failed, ReplyError)
    assert [(entry.cost_usd, entry.ok) for entry in ledger.entries()] == [(None, False)]
    assert ledger.spending.spent_usd == pytest.approx(ESTIMATE)
    assert ledger.spending.reserved_usd == pytest.approx(0)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 2**63, "completion_tokens": 1},
        {"prompt_tokens": 1, "completion_tokens": 2**70},
        {"prompt_tokens": -5, "completion_tokens": 1},
        {"prompt_tokens": 1, "completion_tokens": float("nan")},
        {"prompt_tokens": 1e300, "completion_tokens": 1},
        {"prompt_tokens": True, "completion_tokens": [1]},
    ],
)
@pytest.mark.parametrize("is_stream", [False, True])
def test_usage_when_it_cannot_be(serve, connect, request_, usage, is_stream):
    """A reply whose tokens cannot be is used all the same; what it cost is unknown, and counts with the estimate."""
    turn = streamed({"content": "ok"}, usage=usage) if is_stream else said("ok", usage=usage)
    model, ledger = meter(connect(serve(turn), stream=is_stream))
    assert model.complete(request_).cost_usd is None
    assert [(entry.prompt_tokens, entry.cost_usd, entry.ok) for entry in ledger.entries()] == [(0, None, True)]
    assert ledger.spending.spent_usd == pytest.approx(ESTIMATE)


GARBAGE = Turn(body=b"\x1f\x8b\x08\x00garbage", headers={"content-encoding": "gzip"})
BROKEN_OFF = [Turn(body=said("x" * 100).body, drop=True), GARBAGE]


@pytest.mark.parametrize("turn", BROKEN_OFF)
def test_money_when_replies_break_off(serve, connect, request_, turn):
    """Each reply that broke off after its status counts with its estimate, and one entry says that the cost is unknown."""
    endpoint = serve(turn)
    model, ledger = meter(connect(endpoint, max_retries=1))
    assert failure(model, request_).cost_usd is None
    assert [(entry.cost_usd, entry.ok) for entry in ledger.entries()] == [(None, False)]
    assert ledger.spending.spent_usd == pytest.approx(len(endpoint.chats) * ESTIMATE)


def test_money_when_a_later_reply_is_whole(serve, connect, request_):
    """A reply that came after one that broke off does not hide what that one may cost."""
    usage = {"prompt_tokens": 5, "completion_tokens": 1000}
    model, ledger = meter(connect(serve(BROKEN_OFF[0], said("fine", usage=usage)), max_retries=1))
    assert model.complete(request_).text == "fine"
    assert [(entry.completion_tokens, entry.cost_usd) for entry in ledger.entries()] == [(1000, None)]
    assert ledger.spending.spent_usd == pytest.approx(ESTIMATE + 1)


def test_money_when_a_stream_ends_in_an_error(serve, connect, request_):
    """What a stream had said before its error may be charged; an error in place of a reply is not."""
    late = Turn(chunks=[CHUNK, {"error": {"message": "late"}}])
    for turn, cost_usd in ((late, None), (error(500, "no"), 0.0), (Turn(body={"error": "no"}), 0.0)):
        model, ledger = meter(connect(serve(turn), max_retries=0))
        failure(model, request_)
        assert ledger.entries()[0].cost_usd == cost_usd


WRAPPED = [
    ({"message": "busy", "code": 529}, 3, "server"),
    ({"message": "busy", "code": "503"}, 3, "server"),
    ({"message": "busy", "type": "overloaded_error"}, 3, "server"),
    ({"message": "slow", "code": 429}, 3, "rate"),
    ({"message": "slow", "code": "rate_limit_exceeded"}, 3, "rate"),
    ({"message": "no", "code": 401}, 1, "key"),
    ({"message": "no credit", "code": 402}, 1, "credit"),
    ({"message": "too long", "code": 400}, 1, "request"),
    ({"message": "who knows"}, 1, "server"),
]


@pytest.mark.parametrize(("fault", "asked", "kind"), WRAPPED)
@pytest.mark.parametrize("form", ["body", "stream", "late in a stream", "choice"])
def test_error_when_it_comes_with_status_200(serve, connect, request_, fault, asked, kind, form):
    """An error inside a reply, or in a stream, is treated as its status says: tried again, or not."""
    turn = {
        "body": Turn(body={"error": fault}),
        "stream": Turn(chunks=[{"error": fault}]),
        "late in a stream": Turn(chunks=[CHUNK, {"error": fault}]),
        "choice": Turn(body={"choices": [{"error": fault, "finish_reason": "error", "message": {"content": "x"}}]}),
    }[form]
    turn = Turn(turn.status, turn.body, {"retry-after-ms": "5"}, chunks=turn.chunks)
    endpoint = serve(turn)
    assert failure(connect(endpoint, max_retries=2), request_).kind == kind
    assert len(endpoint.chats) == asked
    healed = serve(turn, said("healed"))
    if asked > 1:
        assert connect(healed, max_retries=2).complete(request_).text == "healed"
