"""Batches on a real Dask cluster of several worker processes, each with a sandbox of its own."""

import os

import pytest

distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")

from latm_magic.sandbox.host.room import workers_mb  # noqa: E402
from latm_magic.session import Session  # noqa: E402

SOURCE = """
def parse(question):
    if not question.startswith("Count: "):
        raise ValueError("nothing to count")
    return {"words": question[7:].split()}

def count_words(words: list[str]) -> int:
    if "crash" in words:
        raise KeyError("crash")
    return len(words)
"""
EXAMPLES = [("Count: b a", 2), ("Count: d", 1), ("Count: f e g", 3)]


def rooms(dask_worker):
    """Return the memory of each sandbox of a cluster's process, and the process's own, in bytes."""
    from latm_magic.solving.dask import _here

    return [sandbox._pool._most_mb for sandbox in _here.values()], dask_worker.memory_manager.memory_limit


@pytest.mark.filterwarnings("default")
def test_a_batch_when_on_a_cluster_is_solved_like_here(client, project):
    """Order, repeats, failures and refusals are the same; the work was done in the cluster's processes.

    Each of them keeps to a quarter of its own memory, not of the machine's.
    """
    rows = [f"Count: {'w ' * (number % 50)}{number}" for number in range(5_000)]
    rows[17], rows[4_321] = "Count: crash", rows[3]
    with Session(project) as here:
        here.add("count_words", SOURCE, EXAMPLES, description="Count words.")
        wanted = here.solve(rows, tool="count_words")
    with Session(project, cluster=client) as session:
        answers = session.solve(rows, tool="count_words")
    assert answers.values == wanted.values
    assert answers.ways == wanted.ways
    assert answers[17].way == "failed"
    assert "KeyError" in answers[17].reason
    sandboxes = client.run(lambda: len(__import__("latm_magic.solving.dask", fromlist=["x"])._here))
    assert sum(sandboxes.values()) == 2
    for kept_mb, limit in client.run(rooms).values():
        assert kept_mb == [min(workers_mb(), limit // 4 // 2**20)]
    assert os.getpid() not in client.run(os.getpid).values()
