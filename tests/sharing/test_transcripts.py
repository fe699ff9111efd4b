"""Conversations as the authors of LATM published them."""

import json
from pathlib import Path

import pytest

from latm_magic.errors import NotebookError
from latm_magic.sharing.transcripts import read_conversation

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "transcripts"
REPLY = """Here is a function:

```python
from math import gcd
```
and
```python
def double(x):
    return 2 * x
```

**Use cases:**

Question: Double {3}.
Answer: 6

Solution:
```python
x1 = 3
ret1 = double(x1)
ans1 = ret1
```

Question 2: Double 4.
Options:
(A) 8
Solution 2:

```
ans = "(A)" if double(4) == 8 else None
```

Question: one without a solution
Question: one without an answer
Solution:
```python
print(double(4))
```
"""


def conversation(path, reply, **fields):
    """Write a conversation that ends in a reply."""
    messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "```python\nprint(1)\n```"}]
    path.write_text(json.dumps([*messages, {"role": "assistant", "content": reply, **fields}]))
    return path


def test_a_conversation_when_read_gives_function_and_use_cases(tmp_path):
    """Blocks before the use cases are the module; numbered results are brought to `ans`; halves are left out."""
    read = read_conversation(conversation(tmp_path / "c.json", REPLY.replace("\n", "\r\n")))
    assert read.source == "from math import gcd\n\ndef double(x):\n    return 2 * x\n"
    assert [case.question for case in read.use_cases] == ["Double {3}.", "Double 4.\nOptions:\n(A) 8"]
    assert read.use_cases[0].call == "x1 = 3\nret1 = double(x1)\nans1 = ret1\nans = ans1"
    assert read.use_cases[1].call == 'ans = "(A)" if double(4) == 8 else None'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("[" * 100_000, "nested too deeply"),
        ("{}", "not a conversation"),
        ("[]", "no reply"),
        ('[{"role": "user", "content": "x"}, 7]', "no reply"),
        ('[{"role": "assistant", "content": 7}]', "no reply"),
        (json.dumps([{"role": "assistant", "content": "x" * 200_001}]), "200,001"),
        (json.dumps([{"role": "assistant", "content": "Sorry."}]), "no function"),
        (json.dumps([{"role": "assistant", "content": REPLY.partition("**Use")[0]}]), "no use case"),
        (json.dumps([{"role": "assistant", "content": "Use cases:" + REPLY.partition("cases:")[2]}]), "no function"),
    ],
)
def test_a_file_when_it_is_no_conversation_is_refused_in_one_line(tmp_path, content, words):
    """Whatever is no list of messages that ends in a wrapped tool is told as that."""
    path = tmp_path / "c.json"
    path.write_text(content)
    with pytest.raises(NotebookError, match=words) as caught:
        read_conversation(path)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published conversations are not beside this project")
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("dyck_languages", "complete_sequence"),
        ("logical_deduction_five_objects", "find_order"),
        ("schedule_meeting", "find_earliest_time_slot"),
        ("word_sorting", "sort_words_alphabetically"),
    ],
)
def test_a_published_conversation_when_read_gives_its_three_use_cases(name, function):
    """Each of the published ones is read whole."""
    read = read_conversation(PUBLISHED / f"{name}.json")
    assert f"def {function}(" in read.source
    assert len(read.use_cases) == 3
    assert all("ans = " in case.call and function in case.call for case in read.use_cases)
