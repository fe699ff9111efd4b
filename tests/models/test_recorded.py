"""Recording what a model answers, and replaying it in the model's place."""

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from list_store import ListStore
from loopback import CANARY, said

from latm_magic.errors import LatmError, ModelError, NotRecorded, ReplyError
from latm_magic.models.ledger import Ledger
from latm_magic.models.metered import MeteredModel
from latm_magic.models.model import FunctionCall, Message, Reply, Request, Usage, digest
from latm_magic.models.prices import Prices
from latm_magic.models.recorded import RecordedModel, RecordingModel, shipped_recordings
from latm_magic.testing import ScriptedModel

AWKWARD = "\x00 {x} $y `z` \u2028 \U0001f600 שלום --- =>\r\n" + "long " * 20_000
NEED_DEV_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@pytest.fixture
def path(tmp_path):
    """Return the file of a recording that does not exist yet."""
    return tmp_path / "deep" / "recording.jsonl"


def record(path, request, *replies, **options):
    """Record replies to one request."""
    model = RecordingModel(ScriptedModel(replies, name="strong"), path, **options)
    for _ in replies:
        model.complete(request)


def test_replay_when_the_request_was_recorded(path, request_):
    """A replay gives text, calls, usage and finish reason as they were, labelled with kind of model and date."""
    calls = (FunctionCall("f", '{"x": 1}', "call_1"),)
    recorded = Reply(AWKWARD, calls, "tool_calls", "strong-1", Usage(10, 5, 2), seconds=3.25)
    record(path, request_, recorded, kind="a strong model")
    today = datetime.now(tz=UTC).date().isoformat()
    wanted = replace(recorded, recorded=f"recorded reply of a strong model, {today}", seconds=0.0)
    assert RecordedModel(path).complete(request_) == wanted
    assert RecordedModel([str(path)]).complete(request_) == wanted


def test_replay_when_model_and_parameters_differ(path, request_):
    """Role and messages find the reply; temperature, token limit, functions and tool do not matter."""
    record(path, request_, "the reply")
    other = replace(request_, temperature=1.0, max_tokens=9, tool="another")
    assert RecordedModel(path).complete(other).text == "the reply"


def test_replay_when_a_request_has_several_replies(path, request_):
    """Several replies to one request play in the order of recording, over sessions and files; the last repeats."""
    record(path, request_, "first")
    record(path, request_, "second")
    more = path.with_name("more.jsonl")
    record(more, request_, "third")
    model = RecordedModel([path, more])
    assert [model.complete(request_).text for _ in range(5)] == ["first", "second", "third", "third", "third"]


def test_replay_when_the_request_is_missing(path, request_):
    """A request that was not recorded is an error of three short lines with the ways on; in a row it is one."""
    record(path, request_, "the reply")
    other = Request("maker", (Message("user", "Something else."),), tool="dyck")
    with pytest.raises(NotRecorded) as caught:
        RecordedModel(path).complete(other)
    text = str(caught.value)
    assert len(text.splitlines()) == 3
    assert max(map(len, text.splitlines())) < 140
    with pytest.raises(NotRecorded) as of_a_row:
        RecordedModel(path).complete(replace(other, role="user"))
    assert "\n" not in str(of_a_row.value)
    for way in ("OPENAI_API_KEY", "base_url", "Ollama", "%%latm dyck --by-hand"):
        assert way in text
    assert caught.value.digest == digest(other)
    assert caught.value.kind == "not recorded"


def test_replay_when_the_role_differs(path, request_):
    """The same messages of another role are another request."""
    record(path, request_, "the reply")
    with pytest.raises(NotRecorded):
        RecordedModel(path).complete(replace(request_, role="user"))


def test_recording_when_the_reply_cannot_be_used(path, request_):
    """A cut-off reply is recorded with its flaw and replays as the same error; a failure that is no reply is not."""
    failures = [
        ReplyError("cut", kind="cut off", reply="def so", usage=Usage(3, 4)),
        ModelError("gone", kind="timeout"),
    ]
    model = RecordingModel(ScriptedModel(failures), path)
    for kind in (ReplyError, ModelError):
        with pytest.raises(kind):
            model.complete(request_)
    assert len(path.read_text().splitlines()) == 1
    with pytest.raises(ReplyError, match="recorded reply of scripted") as caught:
        RecordedModel(path).complete(request_)
    assert (caught.value.kind, caught.value.reply, caught.value.usage) == ("cut off", "def so", Usage(3, 4))


def test_recording_when_it_is_written(path, request_):
    """A line holds format, digest, role, kind, date and reply, in ASCII, and no request unless that is wanted."""
    record(path, request_, "ü")
    assert path.read_bytes().isascii()
    line = json.loads(path.read_text())
    assert set(line) == {"format", "digest", "role", "kind", "date", "reply"}
    assert (line["format"], line["digest"], line["role"], line["kind"]) == (1, digest(request_), "maker", "strong")
    assert "recorded" not in line["reply"]
    assert "cost_usd" not in line["reply"]
    record(path, request_, "again", with_requests=True)
    shown = json.loads(path.read_text().splitlines()[1])["request"]
    assert [message["content"] for message in shown["messages"]] == ["Write Python.", "Sort the words."]


def test_recording_when_a_key_is_about(serve, connect, path):
    """Neither the key of the model below nor anything that looks like a key is written, through the meter too."""
    other = "sk-other-0123456789abcdef"
    request = Request("user", (Message("user", f"my key is {CANARY}, hers {other}"),))
    metered = MeteredModel(connect(serve(said(f"so {other}"))), Ledger(ListStore(), Prices()))
    RecordingModel(metered, path, with_requests=True).complete(request)
    assert CANARY not in path.read_text()
    assert other not in path.read_text()
    assert RecordedModel(path).complete(request).text == "so [key]"  # the digest is that of the request as it was


def test_recording_when_threads_share_it(path):
    """Exchanges of many threads are each whole lines."""
    model = RecordingModel(ScriptedModel(lambda request: request.messages[0].content * 500), path)
    requests = [Request("user", (Message("user", f"q{number}"),)) for number in range(60)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(model.complete, requests))
    replay = RecordedModel(path)
    assert [replay.complete(request).text[:3].rstrip("q") for request in requests[:10]] == [f"q{n}" for n in range(10)]


def test_recording_when_two_processes_share_it(path):
    """Exchanges that two processes append at the same time are each whole lines."""
    code = (
        "import sys\nfrom latm_magic.models.model import Message, Request\n"
        "from latm_magic.models.recorded import RecordingModel\nfrom latm_magic.testing import ScriptedModel\n"
        "model = RecordingModel(ScriptedModel(lambda request: 'x' * 5000), sys.argv[1])\n"
        "for n in range(100): model.complete(Request('user', (Message('user', f'{sys.argv[2]} {n}'),)))\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "ab"]
    assert [process.wait(60) for process in running] == [0, 0]
    model = RecordedModel(path)
    for name in "ab":
        assert len(model.complete(Request("user", (Message("user", f"{name} 99"),))).text) == 5000


def test_recording_when_a_crash_left_half_a_line(path, request_):
    """What is recorded after half a line stands on a line of its own, and the error names the damaged line."""
    record(path, request_, "one")
    with path.open("a") as file:
        file.write('{"format":1,"dig')
    record(path, request_, "two")
    assert len(path.read_text().splitlines()) == 3
    with pytest.raises(LatmError, match=r"Line 2 of the recording recording\.jsonl is damaged") as caught:
        RecordedModel(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"no json\n",
        b"[]\n",
        b"{}\n",
        b'{"format":1}\n',
        b"\xff\xfe\n",
        b'{"format":"x"}\n',
        b'{"format":1,"reply":null}\n',
        b"[" * 200_000,
        b'{"a":' * 200_000,
    ],
)
def test_replay_when_the_file_is_damaged(tmp_path, content):
    """A damaged recording is an error of one line that names the file, and the file stays as it is."""
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(content)
    with pytest.raises(LatmError, match=r"damaged\.jsonl") as caught:
        RecordedModel(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_replay_when_a_line_has_wrong_types(path, request_):
    """Types and names are checked: a reply whose text is a number, or a field that nobody knows, is damage."""
    record(path, request_, "one")
    line = json.loads(path.read_text())
    for change in (
        {"digest": 5},
        {"reply": {**line["reply"], "text": 5}},
        {"reply": {**line["reply"], "calls": [5]}},
        {"new": 1},
    ):
        path.write_text(json.dumps({**line, **change}) + "\n")
        with pytest.raises(LatmError, match="is damaged"):
            RecordedModel(path)


def test_replay_when_the_format_is_newer(tmp_path):
    """A recording of a newer format says so."""
    path = tmp_path / "new.jsonl"
    path.write_text('{"format": 99}\n')
    with pytest.raises(LatmError, match="of format 99, newer than this latm_magic reads"):
        RecordedModel(path)


def test_replay_when_the_file_is_missing(tmp_path):
    """A missing recording, and a folder in its place, are errors of one line that name the setting."""
    for path in (tmp_path / "missing.jsonl", tmp_path):
        with pytest.raises(LatmError, match="LATM_REPLAY"):
            RecordedModel(path)


def test_recording_when_it_cannot_be_written(tmp_path, request_):
    """A recording that cannot be written is told with the setting's name."""
    events = []
    record(tmp_path, request_, "precious", on_event=events.append)
    assert ["LATM_RECORD" in event.text for event in events] == [True]


@NEED_DEV_FULL
def test_recording_when_the_disk_is_full(request_):
    """A full disk is told and loses no reply; nothing more is asked before what was said is written."""
    inner, events = ScriptedModel(["precious", "never asked"]), []
    model = RecordingModel(inner, "/dev/full", on_event=events.append)
    assert model.complete(request_).text == "precious"
    assert ["No space left" in event.text for event in events] == [True]
    with pytest.raises(LatmError, match="No space left"):
        model.complete(request_)
    assert inner.left == 1


def test_recording_when_half_a_line_fits(path, request_, monkeypatch):
    """A line that did not fit whole is taken back, so that what was recorded before stays readable."""
    record(path, request_, "one")
    before, events = path.read_bytes(), []
    resource = pytest.importorskip("resource")

    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, old[1]))
        record(path, request_, "two", on_event=events.append)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    assert ["cannot be recorded" in event.text for event in events] == [True]
    assert path.read_bytes() == before


def test_shipped_recordings_when_listed():
    """The recordings that come with the package can be read."""
    RecordedModel(shipped_recordings())
