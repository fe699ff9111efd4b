"""What a worker may not say: forged, malformed and hostile replies cost that worker only."""

import pytest
from open_sandbox import OpenSandbox

from latm_magic.sandbox.host.channel import WorkerLost
from latm_magic.sandbox.host.replies import read_check, read_reply, read_rows
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
    ],
    ids=["noise", "reply", "empty", "deep", "tag"],
)
def test_reply_when_it_is_forged(data):
    """What a worker writes beside its answers ends that worker; nothing of it is believed, no other tool is touched."""
    with OpenSandbox(timeout_s=1) as sandbox:
        assert sandbox.run(COUNT, "count").value == 1
        run = sandbox.run(FORGERY, "forge", args=[data])
        assert (run.outcome, run.value) == ("crashed", None)
        assert sandbox.run(COUNT, "count").value == 2


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        [[1], ["a"]],
        [[1], [], []],
        [[True], ["a"], []],
        [[-1], ["a"], []],
        [[1.0], ["a"], []],
        [[10**12], ["a"], []],
        [[1], ["a"], [[1, [None, None, None, []]]]],
        [[1], ["a"], [[True, [None, None, None, []]]]],
        [[1], ["a"], [[0, [None, None, None]]]],
        [[1], ["a"], [[0, [None, 5, None, []]]]],
        [[1], ["a"], [[0, [["returned", "", "E", "m", None, False, []], None, None, []]]]],
        [[1], ["a"], [[0, [[["raised"], "", "E", "m", None, False, []], None, None, []]]]],
        [[1], ["a"], [[0, [["raised", "x", "E", "m", None, False, []], None, None, []]]]],
        [[1], ["a"], [[0, [["raised", "", 1, "m", None, False, []], None, None, []]]]],
        [[1], ["a"], [[0, [["raised", "", "E", "m", "1", False, []], None, None, []]]]],
        [[1], ["a"], [[0, [["raised", "", "E", "m", -5, False, []], None, None, []]]]],
        [[1], ["a"], [[0, [["raised", "", "E", "m", None, 1, []], None, None, []]]]],
        [[1], ["a"], [[0, [["raised", "", "E", "m", None, False, [[1, "c"]]], None, None, []]]]],
        [[1], ["a"], [[0, [None, None, None, None]]]],
        [[1], ["a"], [[0, [None, None, None, [3]]]]],
        [[1], ["a"], [[0, [None, None, None, [-1]]]]],
        [[1], ["a"], [[0, [None, None, None, [True]]]]],
        [[1], ["a"], [[0, [None, None, None, [0.0]]]]],
        [[1], ["a"], [[0, [None, None, None, [0, 1, 2, 0]]]]],
    ],
)
def test_rows_when_they_are_malformed(content):
    """Rows of another shape than agreed are refused, whatever they hold."""
    with pytest.raises(WorkerLost) as caught:
        read_rows(content, "", 3)
    assert caught.value.reason == "damaged"


def test_rows_when_texts_are_hostile():
    """Names and messages are cleaned again in the parent."""
    failure = ["raised", "", "<img src=x>", "a\x1b[31m\nb" + "c" * 5000, 3, True, [[1, "x\x00y", "z\u202e"]]]
    (run,), _ = read_rows([[1], [None], [[0, [failure, None, None, [1]]]]], "", 3)
    assert run.branches == (1,)
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
