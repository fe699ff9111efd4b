"""What a worker may not say: forged, malformed and hostile replies cost that worker only."""

import json
import math
import tracemalloc
from array import array

import msgpack
import pytest
from open_sandbox import OpenSandbox

from latm_magic.sandbox.host.channel import WorkerLost
from latm_magic.sandbox.host.replies import read_check, read_finished, read_reply
from latm_magic.sandbox.wire.columns import pack
from latm_magic.sandbox.wire.frames import frame

COUNT = "LOG = []\ndef count():\n    LOG.append(1)\n    return len(LOG)\ndef double(x):\n    return 2 * x"
FORGERY = """
import os, statistics
def forge(data):
    for number in range(3, 1024):
        try:
            os.write(number, data)
        except OSError:
            pass
    return 1
"""


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 64,
        frame('["0123456789abcdef","rows",[[1],["FORGED"],[]]]'),
        frame("[]"),
        frame("[" * 50_000),
        frame('{"$int":"ff"}'),
        frame(msgpack.packb(["0123456789abcdef", "rows", bytes(8), ["FORGED"], b"", ""])),
        frame(b"\xdd\xff\xff\xff\xff" * 5_000),
        frame(b"\x91" * 50_000),
    ],
    ids=["noise", "reply", "empty", "deep", "tag", "columns", "billions", "deep columns"],
)
def test_reply_when_it_is_forged(data):
    """What a worker writes beside its answers ends that worker; nothing of it is believed, no other tool is touched."""
    with OpenSandbox(timeout_s=1) as sandbox:
        assert sandbox.run(COUNT, "count").value == 1
        run = sandbox.run(FORGERY, "forge", args=[data])
        assert (run.outcome, run.value) == ("crashed", None)
        assert sandbox.run(COUNT, "count").value == 2


NESTED = []
for _ in range(400):
    NESTED = [NESTED]
SECOND = array("d", [1.0]).tobytes()
RAISED = ["raised", "", "E", "m", None, False, []]


def other(place=0, value=None, failure=None, arguments=None, result=None):
    """Return what rows say beyond their values, where one of them says this."""
    return json.dumps([[], [[place, value, failure, arguments, result]]])


def columns(*, ticket="t", verb="rows", seconds=SECOND, values=("a",), codes=b"", more="", rest=()):
    """Return a worker's frame, one row that returned "a" where nothing else is said."""
    return pack([ticket, verb, seconds, list(values) if isinstance(values, tuple) else values, codes, more, *rest])


def read(content, waiting=3):
    """Read a frame of a source of three branches."""
    return read_finished(content, "t", waiting, "", 3)


MALFORMED = {
    "empty": b"",
    "noise": b"\xc1\xff",
    "a number": pack([1])[1:],
    "nothing": pack([]),
    "cut short": columns()[:-3],
    "with more behind it": columns() + b"\x00",
    "a column too few": pack(["t", "rows", SECOND, ["a"], b""]),
    "a column too many": columns(rest=[1]),
    "to another request": columns(ticket="u"),
    "a ticket of another type": columns(ticket=b"t"),
    "another verb": columns(verb="loaded"),
    "a verb of another type": columns(verb=["rows"]),
    "no rows": columns(values=(), seconds=b""),
    "too many rows": columns(values=("a",) * 4, seconds=4 * SECOND),
    "far too many rows": columns(values=("a",) * 100_000, seconds=100_000 * SECOND),
    "values that are no list": columns(values="a"),
    "fewer seconds than values": columns(values=("a", "b")),
    "more seconds than values": columns(seconds=2 * SECOND),
    "half a second": columns(seconds=SECOND[:4]),
    "seconds as a list": columns(seconds=[1.0]),
    "seconds as text": columns(seconds="12345678"),
    "negative seconds": columns(seconds=array("d", [-1.0]).tobytes()),
    "endless seconds": columns(seconds=array("d", [math.inf]).tobytes()),
    "a million seconds": columns(seconds=array("d", [1e6]).tobytes()),
    "no number of seconds": columns(seconds=array("d", [math.nan]).tobytes()),
    "no number of seconds among some": columns(values=("a",) * 3, seconds=array("d", [1, math.nan, 1]).tobytes()),
    "a list among the values": columns(values=(["a"],)),
    "bytes among the values": columns(values=(b"a",)),
    "a dict among the values": columns(values=({},)),
    "a date among the values": columns(values=(msgpack.Timestamp(1),)),
    "an extension among the values": columns(values=(msgpack.ExtType(5, b""),)),
    "a text that is none": columns(values=("abc",)).replace(b"abc", b"\xff\xff\xff"),
    "nested values": columns(values=(NESTED,)),
    "a deep frame": b"\x91" * 100_000,
    "a deep and wide frame": b"\xdc\x00\x03" * 100_000,
    "four billion columns": b"\xdd\xff\xff\xff\xff",
    "four billion values": columns(values=("a", "b"), seconds=2 * SECOND).replace(
        b"\x92\xa1a", b"\xdd\xff\xff\xff\xff\xa1a"
    ),
    "a text of four billion": columns().replace(b"\xa1a", b"\xdb\xff\xff\xff\xffa"),
    "bytes of four billion": columns().replace(b"\xc4\x08", b"\xc6\xff\xff\xff\xff"),
    "a dict of four billion": b"\xdf\xff\xff\xff\xff",
    "codes as a list": columns(codes=[1]),
    "half a code": columns(codes=b"\1"),
    "more codes than values": columns(codes=b"\0\0" * 2),
    "a code without a table": columns(codes=b"\1\0"),
    "a code beyond the table": columns(codes=b"\2\0", more="[[[1]],[]]"),
    "a table that is none": columns(codes=b"\1\0", more='["a",[]]'),
    "an entry that is none": columns(codes=b"\1\0", more="[[1],[]]"),
    "a branch that is not there": columns(codes=b"\1\0", more="[[[3]],[]]"),
    "a branch below zero": columns(codes=b"\1\0", more="[[[-1]],[]]"),
    "a branch that is no number": columns(codes=b"\1\0", more="[[[true]],[]]"),
    "a branch that is half": columns(codes=b"\1\0", more="[[[0.0]],[]]"),
    "more branches than there are": columns(codes=b"\1\0", more="[[[0,1,2,0]],[]]"),
    "more that is no text": columns(more=b"[[],[]]"),
    "more that is no JSON": columns(more="[[],[]"),
    "more that is nested": columns(more="[" * 50_000),
    "more that is short": columns(more="[[]]"),
    "more with a tag": columns(more='{"$int":"ff"}'),
    "a place beyond the rows": columns(more=other(1)),
    "a place below zero": columns(more=other(-1)),
    "a place that is no number": columns(more=other(place=True)),
    "a row that is short": columns(more="[[],[[0,null,null,null]]]"),
    "a value that is not wrapped": columns(more=other(value=5)),
    "arguments that are not wrapped": columns(more=other(arguments=5)),
    "a failure that returned": columns(more=other(failure=["returned", *RAISED[1:]])),
    "an outcome that is a list": columns(more=other(failure=[["raised"], *RAISED[1:]])),
    "a stage that is none": columns(more=other(failure=["raised", "x", *RAISED[2:]])),
    "an error's type that is no text": columns(more=other(failure=["raised", "", 1, *RAISED[3:]])),
    "a line that is text": columns(more=other(failure=[*RAISED[:4], "1", False, []])),
    "a line below zero": columns(more=other(failure=[*RAISED[:4], -5, False, []])),
    "a flag that is a number": columns(more=other(failure=[*RAISED[:5], 1, []])),
    "a finding that is short": columns(more=other(failure=[*RAISED[:6], [[1, "c"]]])),
    "a plan without hope that returned": columns(verb="hopeless"),
    "a plan without hope of two rows": columns(
        verb="hopeless", values=(None, None), seconds=2 * SECOND, more=other(failure=RAISED)
    ),
    "JSON": b'["t","rows",[[1],["a"],[]]]',
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_rows_when_they_are_malformed(content):
    """Columns of another shape than agreed are refused, whatever they hold, and take no room that was only announced."""
    tracemalloc.start()
    try:
        with pytest.raises(WorkerLost) as caught:
            read(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.reason == "damaged"
    assert peak < 20_000_000


def test_rows_when_they_are_whole_keep_their_types():
    """Plain values come as they went; a row that says more has its value and branches, and a failure has none."""
    values = ("a", 1, 1.0, True, None, -0.0, 2**63 - 1, "\ud83d\ude00", "\U0001f600", "")
    seconds = array("d", range(len(values))).tobytes()
    codes = array("H", [0, 1, 2, *[0] * 7]).tobytes()
    more = json.dumps([[[1], [0, 2]], [[0, [["b"]], None, None, None], [2, None, RAISED, None, None]]])
    found = read(columns(values=values, seconds=seconds, codes=codes, more=more), len(values))
    assert [*map(repr, found.values)] == [*map(repr, [["b"], *values[1:2], None, *values[3:]])]
    assert found.branches[:4] == [(), (1,), (0, 2), ()]
    assert [*found.others] == [2]
    assert (found.others[2].outcome, found.others[2].branches, found.seconds[3]) == ("raised", (0, 2), 3.0)


def test_rows_when_texts_are_hostile():
    """Names and messages are cleaned again in the parent."""
    failure = ["raised", "", "<img src=x>", "a\x1b[31m\nb" + "c" * 5000, 3, True, [[1, "x\x00y", "z\u202e"]]]
    run = read(columns(values=(None,), more=other(failure=failure))).others[0]
    assert (run.error.type, run.error.line) == ("_img_src_x_", 3)
    assert run.error.message.startswith("a [31m b")
    assert len(run.error.message) == 1000
    assert (run.error.findings[0].construct, run.error.findings[0].advice) == ("x y", "z")


@pytest.mark.parametrize(
    "content",
    [
        [],
        [[], [], [], []],
        [[], [], [1], [], []],
        [[], [["f"]], [], [], []],
        [[], [["f", [], None, 5, 1, True, [], True]], [], [], []],
        [[], [["f", [["x", "sideways", None, None]], None, "", 1, True, [], True]], [], [], []],
        [[], [], [], [[1]], []],
        [[], [], [], [[2, 1]], []],
        [[], [], [], [[0, 1]], []],
        [[], [], [], [["1", 2]], []],
        [[], [], [], [], None],
        [[], [], [], [], ["1"]],
        [[], [], [], [], [-1]],
    ],
)
def test_check_when_it_is_malformed(content):
    """A check of another shape than agreed is refused."""
    with pytest.raises(WorkerLost):
        read_check(content)


def test_check_when_texts_are_hostile():
    """A doc keeps its lines and its indentation, and nothing else that moves a cursor."""
    signature = ["f", [["x", "keyword_only", "int\x1b", "1"]], "str", "Say.\n\n  Mo\x1bre.\x07", 1, True, ["g"], False]
    check = read_check([[], [signature], ["re"], [[3, 4]], [7]])
    assert check.branches == (7,)
    assert check.functions[0].doc == "Say.\n\n  Mo re."
    assert check.functions[0].parameters[0].annotation == "int"


@pytest.mark.parametrize(
    "content", [b"1", b"[1,2,3]", b'["t","rows"]', b'["other","rows",1]', b'["t",1,1]', b"nonsense"]
)
def test_reply_when_it_is_no_reply(content):
    """A reply that is not one, or to something else, is refused."""
    with pytest.raises(WorkerLost):
        read_reply(content, "t")
