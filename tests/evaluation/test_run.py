"""Runs that are interrupted, killed or out of money go on, and pay nothing twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from cells import MODULE, fenced
from loopback import Turn, said

from latm_magic.errors import LatmError, ModelError
from latm_magic.evaluation.lines import read_run


def question_of(request):
    """Return the last question that stands in a request, as text."""
    return request[request.rindex("Sort. List: ") :].partition("\n")[0]


def sorted_words(request):
    """Answer as a strong model does."""
    question = question_of(request.messages[-1].content)
    return f"Let me see.\nAnswer: {' '.join(sorted(question.removeprefix('Sort. List: ').split()))}"


def test_a_run_is_measured_instance_by_instance(open_session, measure):
    """Making and rows have their lines: what was wanted, what came, by which way, at what cost."""
    session = open_session(maker=[fenced(MODULE)], user=None, dispatcher=None)
    finished = measure(session, "compiled", limit=5)
    (made,) = finished.run.made
    assert (made.outcome, made.attempts, made.source, finished.stopped) == ("tool", 1, "yours", "")
    assert made.tokens > 0
    rows = list(finished.run.rows.values())
    assert [(row.got, row.right, row.way, row.version, row.tokens) for row in rows] == [
        (f"apple{i} fig pear{i}", True, "parser", 1, 0) for i in range(6, 11)
    ]
    assert all(row.direct_tokens > 50 and len(row.question) == 16 for row in rows)


def test_the_same_run_again_asks_nothing(open_session, measure):
    """What has its line is not run again, making included; other options are an error."""
    session = open_session(maker=[fenced(MODULE)], user=None, dispatcher=None)
    first = measure(session, "compiled")
    again = measure(session, "compiled")
    assert again.run == first.run
    assert session.scripts["maker"].left == 0
    with pytest.raises(LatmError, match="was begun with labels = 6, and now it is 7"):
        measure(session, "compiled", labels=7)


def test_an_interrupted_group_pays_nothing_twice(open_session, measure):
    """An interrupt amid a group leaves no line of it, and its replies are there when the run goes on."""
    asked = []

    def answer(request):
        asked.append(question_of(request.messages[-1].content))
        if len(asked) == 14:
            raise KeyboardInterrupt
        return sorted_words(request)

    session = open_session(maker=answer, user=None, dispatcher=None)
    with pytest.raises(KeyboardInterrupt):
        measure(session, "direct")
    finished = measure(session, "direct")
    assert len(finished.run.rows) == 24
    assert all(row.right for row in finished.run.rows.values())
    assert sum(row.tokens for row in finished.run.rows.values()) > 24 * 50
    assert Counter(asked).most_common(2)[0] == (asked[13], 2)  # the one that was interrupted
    assert len(asked) == 25


def test_what_failed_is_tried_again(open_session, measure):
    """An instance that could not be asked has its line, and the same run again asks for that one alone."""
    faults = iter([ModelError("gone", kind="connection")])
    session = open_session(
        maker=lambda request: next(faults, None) or sorted_words(request), user=None, dispatcher=None
    )
    assert measure(session, "direct", limit=3).failed == 1
    finished = measure(session, "direct", limit=3)
    assert (finished.failed, len(finished.run.rows), len(session.scripts["maker"].requests)) == (0, 3, 4)


def test_a_budget_stops_a_run_and_more_money_goes_on(open_session, measure):
    """What was paid stays, the group that it did not reach for has no line, and nothing is asked twice."""
    prices = {"scripted": {"input": 1000.0, "output": 1000.0}}
    session = open_session(maker=sorted_words, user=None, dispatcher=None, prices=prices, max_tokens=100)
    session.settings.budget_usd = 3.0
    stopped = measure(session, "direct")
    assert stopped.stopped.startswith("stopped at the budget: Asking 'scripted' could cost up to ")
    asked = len(session.scripts["maker"].requests)
    assert 0 < asked < 24
    assert stopped.run.spent_usd <= 3.0
    session.close()
    again = open_session(maker=sorted_words, user=None, dispatcher=None, prices=prices, max_tokens=100)
    again.settings.budget_usd = 100.0
    finished = measure(again, "direct")
    assert finished.stopped == ""
    assert len(finished.run.rows) == 24
    assert asked + len(again.scripts["maker"].requests) == 24
    assert finished.run.spent_usd == pytest.approx(again.ledger.spending.spent_usd)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_process_goes_on_without_paying_twice(serve, project, task_file):
    """The maker and five questions were answered when the process was killed: none of them is asked again."""
    questions, replies = [], []

    def turn(body):
        asked = "\n".join(message["content"] for message in body["messages"])
        is_making = "def " in asked or "python" in asked
        questions.append("the module" if is_making else question_of(asked))
        if len(replies) == 6 and not is_resumed:
            return Turn(hang=True)
        replies.append(questions[-1])
        if is_making:
            return said(fenced(MODULE))
        return said(f"Answer: {' '.join(sorted(questions[-1].removeprefix('Sort. List: ').split()))}")

    is_resumed = False
    endpoint = serve(turn)
    command = [sys.executable, "-m", "latm_magic", "eval", str(task_file), "--methods", "compiled", "direct"]
    command += ["--maker", "loopback-1", "--labels", "6", "--limit", "12", "--to", "run.jsonl"]
    settings = {"LATM_BASE_URL": endpoint.base_url, "LATM_API_KEY": "sk-x", "LATM_STREAM": "false"}
    environment = {**os.environ, **settings, "LATM_CONCURRENCY": "2"}
    with subprocess.Popen(command, env=environment, cwd=project, stderr=subprocess.DEVNULL) as process:
        while len(questions) < 8 and process.poll() is None:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    paid = list(replies)
    kept = read_run(project / "run.jsonl")
    assert (len(paid), len(kept.rows), [line.method for line in kept.made]) == (6, 12, ["compiled", "direct"])
    is_resumed = True
    done = subprocess.run(command, env=environment, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = Counter(questions)
    assert [question for question in paid if counts[question] > 1] == []
    assert len(replies) == 1 + 12
    rows = [json.loads(line) for line in (project / "run.jsonl").read_text().splitlines()]
    direct = [row for row in rows if row.get("kind") == "row" and row["method"] == "direct"]
    assert len(direct) == 12
    assert {row["tokens"] for row in direct} == {15}
    assert all(row["right"] for row in direct)
