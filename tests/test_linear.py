"""Text that comes from outside is read in time that grows with its length alone: each reader's worst case, at length.

Models, endpoints and shared files write what we search. A reader that backtracks would take hours over these: they run
in a process of their own, which is killed.
"""

import json
import subprocess
import sys

import pytest

CHARACTERS = 400_000
BACK, LINE, LINES = "\\", "\n", "\n\n"
READERS = {
    "from latm_magic.models.keys import redact_keys as read": ["sk-", "sk-a", "AIza", "hf_a", "Bearer ", "a"],
    "from latm_magic.models.keys import Key; read = Key('sk-canary', 'aaaaaaaab').redact_own": [
        BACK,
        "\\\\u0073",
        "a",
        "sk-",
    ],
    """
from latm_magic.errors import ModelError
from latm_magic.models.dialect import Dialect, after_refusal
from latm_magic.models.faults import RequestInfo, model_error, read_fault
from latm_magic.models.keys import Key
BODY = {"stream": True, "stream_options": {}, "tools": [], "tool_choice": "required", "temperature": 0,
        "max_tokens": 1, "messages": [{"role": "system"}]}
def read(text):
    for status in (400, 404):
        fault = read_fault(status, {"error": {"message": text, "code": text, "param": text}}, {})
        after_refusal(Dialect(), fault, BODY)
        model_error(fault, RequestInfo("m", "e", 1.0, Key("k")))
""": ["sk-", "support ", "tool ", "stream ", "system role ", "system ", "max_token", "invalid function", "9,", "1"],
    """
from latm_magic.models.chat import read_reply
def read(text):
    read_reply(text), read_reply({"choices": [{"message": {"content": text}}]})
""": [
        "<think>",
        "<think ",
        "</think",
        "</think>'",
        "[THINK]",
        "<|channel|>",
        "analysis",
        "assistantfinal",
        " ",
        "[",
        "{",
    ],
    """
try:
    import httpx2 as httpx  # whichever the installed SDK is built on
except ImportError:
    import httpx
from latm_magic.models.body import read_body
from latm_magic.models.deadline import Deadline
from latm_magic.models.keys import Key
def read(text):
    for kind in ("application/json", "text/event-stream"):
        response = httpx.Response(200, stream=httpx.ByteStream(text.encode()), headers={"content-type": kind})
        read_body(response, Deadline(1000), Key("sk-canary"))
""": [
        "[",
        '{"a":',
        "data:",
        "data: {}" + LINES,
        "data: 1" + LINES,
        'data: {"choices":[{"delta":{"content":"a"}}]}' + LINES,
        'data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}' + LINES,
    ],
    """
from types import SimpleNamespace
from latm_magic.models.model import Reply
from latm_magic.tools.replies import read_call, read_snippet
def read(text):
    for reader in (lambda: read_call(Reply(text), SimpleNamespace(name="t", function="t", parameters=())),
                   lambda: read_snippet(Reply(text))):
        try:
            reader()
        except ValueError:
            pass
""": ["{", "t(", "t()", "}", "{}", "`", "'", "a", "a ", "```" + LINE, "CANNOT", "a="],
    """
from latm_magic.making.replies import read_module
def read(text):
    read_module(text, "t")
""": [
        "`",
        "``` ",
        "```a",
        "```python" + LINE,
        "~~~" + LINE,
        "def t" + LINE,
        "def ",
        " ",
        "A",
        "```" + LINE + "def t" + LINE,
    ],
    """
from latm_magic.models.model import Reply
from latm_magic.solving.replies import read_choice, read_direct
def read(text):
    read_direct(Reply(text))
    try:
        read_choice(text, ("t", "sk"))
    except ValueError:
        pass
""": ["a", "a ", "`", "t ", "Answer:", "*"],
    """
from latm_magic.sharing.transcripts import _BLOCK, _CASES, _END, _QUESTION, _RESULT
def read(text):
    for pattern in (_BLOCK, _CASES, _END, _QUESTION, _RESULT):
        pattern.findall(text)
""": ["``` ", " ", "#", "```" + LINE, "```python" + LINE + "a", "Question 1", "ans1", "ans "],
    """
from latm_magic.sharing.admission import _MAGIC as lines
from latm_magic.sharing.literals import _TOKEN
from latm_magic.sharing.notebook_read import _ASSIGNED, _ASSIGNS, _LOADS, _MAGIC, _WORD
from latm_magic.sharing.notebook_write import _LINE_START, _LINK, _MARKDOWN
def read(text):
    _ASSIGNS.match(text), _LOADS.match(text), _MAGIC.match(text), _WORD.match(text), _TOKEN.match(text)
    for pattern in (lines, _ASSIGNED, _LINE_START, _LINK, _MARKDOWN):
        pattern.findall(text)
""": [" ", "# #", LINE, " " + LINE, "%%latm_tool ", "a", "a=", '"', "'", BACK, "1", "x:", "#" + LINE],
    "from latm_magic.routing.lexical.tokens import _TOKEN; read = _TOKEN.findall": ["a", "a'", "(a", "1"],
    """
from latm_magic.jupyter.display.tools import _NUMBER
from latm_magic.sandbox.host.replies import _NO_NAME
from latm_magic.sandbox.wire import decode, encode
from latm_magic.text import one_line, printable, visible
def read(text):
    one_line(text), printable(text), visible(text), _NUMBER.findall(text), _NO_NAME.sub("", text), encode.clean(text)
    for reader in (decode._integer_text, decode._float_text, decode._decimal_text, decode._base64_text):
        try:
            reader(text)
        except Exception:
            pass
""": ["1", "1,", "a", " ", "-", "NaN1", "e"],
}
"""Code that binds `read`, which takes a text, and what is repeated for it, between what begins and ends well."""
STARTS = ["", "```", "t(", "<think>", "data:"]
PROGRAM = """
import json, sys, time
code, pieces, starts, size = json.loads(sys.stdin.read())
exec(code)
for piece in pieces:
    for start in starts:
        print(repr((start, piece)), flush=True)
        read(start + piece * (size // len(piece) // (1 if not start else 10)) + "!`")
print("all read", flush=True)
"""


@pytest.mark.parametrize("code", READERS, ids=range(len(READERS)))
def test_reader_when_the_text_is_its_worst_case(code):
    """A text of many times the usual length, built to be searched again and again, is read to its end."""
    asked = json.dumps([code, READERS[code], STARTS, CHARACTERS])
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PROGRAM],
            input=asked,
            capture_output=True,
            text=True,
            timeout=200,  # many times what it takes; a reader that backtracks takes hours
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        pytest.fail(f"not read in time: {(late.stdout or b'').decode().splitlines()[-1:]}")
    assert done.stdout.splitlines()[-1:] == ["all read"], done.stderr[-500:]
