"""How many answers came which way on each day: counted over sessions, days and kernels, and never in the way of a solve."""

from collections import Counter

from cells import MODULE, examples

from latm_magic.errors import CacheError
from latm_magic.session import Session
from latm_magic.session.ways_by_day import WaysByDay


def test_ways_when_solved_are_counted_by_day_and_outlive_their_session(tmp_path):
    """Batches, single questions and rows without an answer; another session adds to the same day."""
    with Session(tmp_path) as session:
        session.add("sort_words", MODULE, examples(), description="Sort.")
        session.solve(["List: b a"] * 3 + ["what?"], ask=False)
        session.solve("List: d c", ask=False)
    with Session(tmp_path) as session:
        session.solve(["List: b a"], ask=False)
        (counts,) = session.ways_by_day().values()
    assert counts == {"parser": 5, "unasked": 1}


def test_ways_when_they_cannot_be_written_wait_and_are_written_seldom(tmp_path, monkeypatch):
    """A failing disk fails no solve; one writing in five minutes, one at the end; days are kept apart."""
    now, day, written = [0.0], ["2026-01-01"], []
    with Session(tmp_path) as session:
        session.add("sort_words", MODULE, examples(), description="Sort.")
        ways = WaysByDay(session._parts, today=lambda: day[0], clock=lambda: now[0])
        documents = session.cache.documents
        keep = documents.keep

        def failing(*_):
            raise CacheError("the disk is full")

        monkeypatch.setattr(documents, "keep", failing)
        ways.add({"parser": 2})
        monkeypatch.setattr(documents, "keep", lambda *args: written.append(args) or keep(*args))
        ways.add({"parser": 3, "user": 1})
        assert written == []
        now[0] += 300
        ways.add({"parser": 1})
        assert len(written) == 1
        day[0] = "2026-01-02"
        ways.add({"direct": 4})
        assert ways.days() == {"2026-01-01": Counter(parser=6, user=1), "2026-01-02": Counter(direct=4)}
        assert len(written) == 2
