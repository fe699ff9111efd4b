"""Columns of Dask, by partitions: on a real cluster of processes, with kills; models are asked from here alone."""

import json
import os
import pickle
import signal

import pytest

distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
pytest.importorskip("pyarrow", reason="the extra [dask] is not installed")

import dask  # noqa: E402
import dask.dataframe as dd  # noqa: E402
import pandas as pd  # noqa: E402
from solving_tools import SORT, TOOLS, asked  # noqa: E402

from latm_magic.errors import LatmError, SandboxError, TaskError  # noqa: E402
from latm_magic.session import partitions as service  # noqa: E402
from latm_magic.solving import partitions  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")
HARD = [f"please sort b a{number}" for number in range(6)]


@pytest.fixture
def column():
    """Return a Dask Series of 400 rows in eight partitions; six rows are no parser's, and one of them comes twice."""
    rows = [f"Sort: w{n} a{n}" if n % 2 else f"Count: {'x ' * (n % 7)}y" for n in range(400)]
    for place, question in zip(range(10, 400, 60), [*HARD, HARD[0]], strict=True):
        rows[place] = question
    rows[7], rows[8] = "Sort: crash", None
    frame = pd.DataFrame({"q": rows, "z": range(400)}, index=pd.RangeIndex(1000, 1400))
    return dd.from_pandas(frame, npartitions=8)["q"]


def answering(request):
    """Answer as a user model that sorts."""
    text = str(request.messages[-1].content)
    return json.dumps({"words": ["b", next(f"a{number}" for number in range(6) if f"a{number}" in text)]})


@pytest.fixture
def solver(open_session):
    """Return a function that opens a session on the same project, with models that know what to say."""

    def open_one(project="project", **options):
        return open_session(
            project, **{"user": answering, "dispatcher": lambda _: "sort_words", "tools": TOOLS, **options}
        )

    return open_one


def heard(events, kind="Note"):
    return [event.text for event in events if type(event).__name__ == kind]


def same(frame, answers):
    return (
        frame["way"].tolist() == answers.ways
        and frame["answer"].astype(object).where(frame["answer"].notna(), None).tolist() == answers.texts
    )


def test_a_dask_column_gives_a_lazy_frame_beside_it(solver, column):
    """Nothing runs at the call; the rows stay where they are; what needs a model is not asked."""
    session = solver()
    lazy = session.solve(column)
    assert lazy.npartitions == column.npartitions
    assert lazy.divisions == column.divisions
    wanted = session.solve(column.compute(), ask=False)
    found = lazy.compute(scheduler="sync")
    assert same(found, wanted)
    assert found.dtypes.to_dict() == lazy.get_partition(3).compute(scheduler="sync").dtypes.to_dict()
    assert list(found.index) == list(range(1000, 1400))
    assert found["reason"].iloc[10] == partitions.NOT_ASKED
    assert "KeyError" in found["reason"].iloc[7]
    beside = column.to_frame().assign(answer=lazy["answer"]).compute(scheduler="sync")
    assert beside["answer"].iloc[1] == "a1 w1"
    assert asked(session) == (0, 0)


def test_answers_go_into_a_folder_and_models_are_asked_from_here(solver, column, client, tmp_path):
    """One parquet a partition, complete in itself; each open question is asked once; again asks and answers nothing."""
    events = []
    session = solver(cluster=client, on_event=events.append)
    frame = session.solve(column, to=tmp_path / "answers")
    assert asked(session) == (6, 6)
    assert len(session.ledger.entries()) == 12
    found = frame.compute()
    wanted = session.solve(column.compute())
    assert found["answer"].astype(object).where(found["answer"].notna(), None).tolist() == wanted.texts
    assert found["way"].value_counts().to_dict() == {"parser": 391, "user": 7, "failed": 2}
    assert found["tokens"].sum() == sum(
        entry.prompt_tokens + entry.completion_tokens for entry in session.ledger.entries()
    )
    assert column.to_frame().assign(answer=frame["answer"]).compute()["answer"].iloc[10] == "a0 b"
    assert sorted(path.name for path in (tmp_path / "answers").glob("*.parquet")) == [
        f"part.{number:05}.parquet" for number in range(8)
    ]
    assert dd.read_parquet(tmp_path / "answers").compute().equals(found)
    written = [path.stat().st_mtime_ns for path in sorted((tmp_path / "answers").glob("*.parquet"))]
    events.clear()
    again = session.solve(column, to=tmp_path / "answers", ask=True)
    assert again.compute().equals(found)
    assert asked(session) == (6, 6)
    assert "8 partitions (8 of them finished before)" in heard(events)[-1]
    assert written == [path.stat().st_mtime_ns for path in sorted((tmp_path / "answers").glob("*.parquet"))]


def test_a_tool_maps_a_dask_column_in_the_kind_of_its_answers(solver, column, client, tmp_path):
    """Numbers come as numbers that know NA; the other tool's rows are nobody's."""
    session = solver(cluster=client)
    found = session.tool("count_words").map(column, to=str(tmp_path / "answers")).compute()
    assert str(found["answer"].dtype) == "Int64"
    assert found["answer"].iloc[2] == 3
    assert asked(session) == (0, 0)  # 200 rows are more than `ask_above`
    lazy = session.tool("count_words").map(column)
    assert lazy.compute()["answer"].equals(found["answer"])


def test_no_more_models_are_asked_than_you_allow(solver, column, client, tmp_path):
    """`ask_above` counts the calls of the whole column, not of a partition; ask=True asks; a budget ends it."""
    events = []
    session = solver(cluster=client, ask_above=11, on_event=events.append)
    found = session.solve(column, to=tmp_path / "answers").compute()
    assert asked(session) == (0, 0)
    assert (found["way"] == "unasked").sum() == 7
    assert any("6 rows need a model" in text for text in heard(events))
    assert session.solve(column, to=tmp_path / "answers", ask=False).compute().equals(found)
    found = session.solve(column, to=tmp_path / "answers", ask=True).compute()
    assert (found["way"] == "user").sum() == 7
    assert asked(session) == (6, 6)


def test_a_budget_ends_the_asking_and_the_rest_is_asked_later(solver, column, client, tmp_path):
    """What was paid is kept; the rows that were not asked are asked by the next run, and no others."""
    answers = iter([answering, answering])

    def until_the_money_ends(request):
        from latm_magic.errors import BudgetExceeded

        try:
            return next(answers)(request)
        except StopIteration:
            raise BudgetExceeded("The budget is used up.", kind="budget") from None

    session = solver(cluster=client, user=until_the_money_ends)
    found = session.solve(column, to=tmp_path / "answers", ask=True).compute()
    paid = (found["way"] == "user").sum()
    assert paid in {2, 3}
    later = solver(cluster=client)
    found = later.solve(column, to=tmp_path / "answers", ask=True).compute()
    assert found["way"].isin(["user", "cache"]).sum() == 7
    assert asked(later)[0] == 4


def test_a_killed_client_costs_the_partitions_under_way(solver, column, client, tmp_path):
    """What was finished before the kill is not answered again, and no model is paid twice."""

    class Killed(BaseException):
        pass

    def kill(event):
        if type(event).__name__ == "Progress" and event.done >= 150:
            raise Killed

    with pytest.raises(Killed):
        solver(cluster=client, on_event=kill).solve(column, to=tmp_path / "answers")
    finished = {path.name for path in (tmp_path / "answers" / "_latm").glob("part.*.json")}
    assert 3 <= len(finished) < 8
    events = []
    session = solver(cluster=client, on_event=events.append)
    found = session.solve(column, to=tmp_path / "answers").compute()
    assert f"({len(finished)} of them finished before)" in heard(events)[-1]
    assert (found["way"] == "user").sum() == 7
    assert asked(session) == (6, 6)


def test_a_client_killed_while_it_asks_pays_nothing_twice(solver, column, client, tmp_path):
    """Answers are in the cache before they are in the folder."""
    left = iter(range(3))

    def dying(request):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return answering(request)

    first = solver(cluster=client, user=dying)
    with pytest.raises(BaseException):  # noqa: B017  as an interrupt comes
        first.solve(column, to=tmp_path / "answers")
        raise KeyboardInterrupt
    second = solver(cluster=client)
    found = second.solve(column, to=tmp_path / "answers", ask=True).compute()
    assert found["way"].isin(["user", "cache"]).sum() == 7
    assert asked(second)[0] == 3
    assert found["answer"].iloc[10] == "a0 b"


def test_a_killed_worker_costs_the_partition_under_way(solver, column, client, tmp_path):
    """Dask gives its partition to another; the answers are the same."""
    killed = []

    def kill(event):
        if type(event).__name__ == "Progress" and not killed:
            killed.extend(client.run(os.getpid).values())
            os.kill(killed[0], signal.SIGKILL)

    session = solver(cluster=client, on_event=kill)
    found = session.solve(column, to=tmp_path / "answers", ask=False).compute()
    assert killed
    assert same(found, session.solve(column.compute(), ask=False))
    client.wait_for_workers(2)


def test_the_tools_are_sent_once(solver, column):
    """They are a task of their own, named by what is in it; no partition's task holds them."""
    session = solver()
    graph = dict(session.solve(column).optimize().__dask_graph__())
    holders = [key for key, task in graph.items() if b"def sort_words" in pickle.dumps(task)]
    assert len(holders) == 1
    assert "latm-tools-" in str(holders[0])
    assert holders[0] in dict(session.solve(column).optimize().__dask_graph__())


def test_what_you_said_is_right_holds_on_the_workers(solver, column, client, tmp_path):
    """A correction comes before the parser there as well, and makes what was finished before stale."""
    session = solver(cluster=client)
    session.solve(column, to=tmp_path / "answers", ask=False)
    session.correct("Sort: w1 a1", "corrected")
    assert session.solve(column).compute()["answer"].iloc[1] == "corrected"
    with pytest.raises(TaskError, match=r"8 of 8 partitions .* under other corrections.*replace=True"):
        session.solve(column, to=tmp_path / "answers", ask=False)


def test_a_changed_tool_makes_finished_partitions_stale(solver, column, client, tmp_path):
    """It is said which tool, and what to do; `replace` answers them again, and the next run keeps those."""
    session = solver(cluster=client)
    folder = tmp_path / "answers"
    session.solve(column, to=folder, ask=False)
    session.add("sort_words", SORT.replace("sorted(words,", "sorted(set(words),"), TOOLS["sort_words"][1])
    with pytest.raises(TaskError, match=r"8 of 8 .*\(sort_words 1; now sort_words 2\): replace=True") as told:
        session.solve(column, to=folder, ask=False)
    assert len(str(told.value).splitlines()) == 1
    events = []
    assert (
        session.solve(column, to=folder, ask=False, replace=True, on_event=events.append).compute()["version"].max()
        == 2
    )
    assert "finished before" not in heard(events)[-1]
    session.solve(column, to=folder, ask=False, on_event=events.append)
    assert "8 of them finished before" in heard(events)[-1]


def test_files_that_were_changed_are_answered_again(solver, column, client, tmp_path):
    """A file that is not as it was left, and other questions in a partition; a record of somebody else is told."""
    session = solver(cluster=client)
    folder = tmp_path / "answers"
    first = session.solve(column, to=folder, ask=False).compute()
    (folder / "part.00003.parquet").write_bytes((folder / "part.00002.parquet").read_bytes())
    (folder / "_latm" / "part.00005.json").write_text("{}")
    events = []
    with pytest.raises(TaskError, match="1 of 8 partitions .* not sealed on this machine: replace=True"):
        session.solve(column, to=folder, ask=False)
    found = session.solve(column, to=folder, ask=False, replace=True, on_event=events.append)
    assert "6 of them finished before" in heard(events)[-1]
    assert found.compute().drop(columns="reason").equals(first.drop(columns="reason"))
    other = column.to_frame()["q"].mask(column == "Sort: w3 a3", "Sort: d c")
    session.solve(other, to=folder, ask=False, on_event=events.append)
    assert "7 of them finished before" in heard(events)[-1]


def test_what_no_parquet_column_can_hold_fails_its_row_alone(solver, client, tmp_path):
    """Half a character in and out, huge numbers, lists, nothing; partitions without a row."""
    echo = "def parse(question):\n    if not question.startswith('Chr: '):\n        raise ValueError('no')\n    return {'text': question[5:]}\n\ndef letter(text: str) -> str:\n    return chr(int(text))\n"
    huge = (
        echo.replace("Chr: ", "Big: ")
        .replace("letter", "power")
        .replace("-> str", "-> int")
        .replace("chr(int(text))", "2 ** int(text)")
    )
    session = solver(
        cluster=client,
        tools={
            "letter": (echo, [("Chr: 65", "A"), ("Chr: 66", "B"), ("Chr: 67", "C")], "Letters."),
            "power": (huge, [("Big: 1", 2), ("Big: 2", 4), ("Big: 3", 8)], "Powers."),
        },
    )
    rows = ["Chr: 97", "Chr: 55296", "Chr: \ud800", ["a"], None, 5, float("nan"), "Big: 70", "", "Chr: 98"]
    with dask.config.set({"dataframe.convert-string": False}):
        column = dd.from_pandas(pd.Series(rows, dtype=object, name="q"), npartitions=3)
        column = dd.concat([column, dd.from_pandas(pd.Series([], dtype=object, name="q"), npartitions=1)])
        found = session.solve(column, to=tmp_path / "answers", ask=False).compute()
        powers = session.tool("power").map(column, to=tmp_path / "powers").compute()
    assert found["answer"].iloc[[0, 7, 9]].tolist() == ["a", str(2**70), "b"]
    assert found["way"].iloc[1] == "failed"
    assert "does not fit" in found["reason"].iloc[1]
    assert powers["way"].iloc[7] == "failed"
    assert "64 bits" in powers["reason"].iloc[7]


def test_a_wrong_call_is_told_in_one_line(solver, column, client, tmp_path, monkeypatch):
    """What is no column, where there is no cluster, what a folder holds already."""
    session = solver()
    table, folder = column.to_frame(), tmp_path / "answers"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").touch()
    (tmp_path / "file").touch()
    with_client = solver(cluster=client)
    with_client.solve(column, to=folder, ask=False)
    dead = distributed.Client(client.scheduler.address, set_as_default=False)
    dead.close()
    wrong = {
        "whole table": lambda: session.solve(table, to=folder),
        "whole table was given": lambda: session.solve(table),
        "in memory": lambda: session.solve(["Sort: b a"], to=folder),
        "No model is asked for a lazy": lambda: session.solve(column, ask=True),
        "No model is asked": lambda: session.solve(column, direct=True),
        "holds other files": lambda: with_client.solve(column, to=tmp_path / "full"),
        "is a file": lambda: with_client.solve(column, to=tmp_path / "file"),
        "cannot be written to": lambda: with_client.solve(column, to="nosuch://bucket/answers"),
        "in 8 partitions, and this is 'q' in 4": lambda: with_client.solve(
            column.repartition(npartitions=4), to=folder
        ),
        "the column 'q'": lambda: with_client.solve(column.rename("r"), to=folder),
        "in one of memory|in memory": lambda: session.advise(column),
        "takes one in memory": lambda: list(session.stream(column)),
        "client is closed": lambda: solver(cluster=dead).solve(column, to=folder),
        "a distributed.Client": lambda: solver(cluster=5),
    }
    for words, call in wrong.items():
        with pytest.raises(LatmError, match=words) as told:
            call()
        assert len(str(told.value).splitlines()) == 1
    monkeypatch.setattr(distributed, "get_client", lambda: (_ for _ in ()).throw(ValueError))
    with pytest.raises(TaskError, match="No Dask cluster is connected"):
        session.solve(column, to=folder)


def test_a_worker_that_is_not_like_the_session_is_told(solver, column, client, monkeypatch, tmp_path):
    """Another version of the package or Python, and a wall that is required and missing: nothing is answered."""
    session = solver(cluster=client)
    monkeypatch.setattr(service, "made_by", lambda: "latm_magic 9 on Python 2.7")
    with pytest.raises(
        SandboxError, match=r"The worker tcp://.* and the session latm_magic 9 on Python 2.7: install the same"
    ):
        session.solve(column, to=tmp_path / "answers")
    monkeypatch.undo()

    def take_walls(*, taken):  # in a function, so that it is sent by value
        from latm_magic.sandbox.host.pool import Pool
        from latm_magic.sandbox.records import Walls

        if taken:
            Pool.walls_before = Pool.walls
            Pool.walls = property(lambda _: Walls(active=(), missing=("seccomp",), summary="none"))
        else:
            Pool.walls = Pool.walls_before

    client.run(take_walls, taken=True)
    try:
        strict = solver("other", cluster=client, require_walls=["seccomp"])
        with pytest.raises(SandboxError, match=r"The worker tcp://.*lacks seccomp"):
            strict.solve(column, to=tmp_path / "others")
    finally:
        client.run(take_walls, taken=False)


def test_a_tool_from_elsewhere_keeps_its_walls_on_the_workers(solver, column, monkeypatch):
    """The walls that a tool must not run without at home go with it."""
    session = solver()
    monkeypatch.setattr(session._parts, "walls_for", lambda tool: ("seccomp",) if tool.name == "sort_words" else ())
    demanded = []
    monkeypatch.setattr(partitions.Sandbox, "_demand", lambda _self, names: demanded.append(names))
    with dask.config.set(scheduler="sync"):
        session.solve(column).compute()
    assert ("seccomp",) in demanded
