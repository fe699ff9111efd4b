"""`await session.asolve(...)`: the event loop goes on meanwhile."""

import asyncio
import threading

import pytest
from sorting import SORTING

from latm_magic.errors import ToolNotFound


def test_the_loop_goes_on_while_a_model_is_asked(open_session):
    """The model's reply waits for something that only the loop can do."""
    released = threading.Event()
    session = open_session(dispatcher=lambda _: "unknown" if released.wait(20) else "sort_words")

    async def both():
        waiting = asyncio.create_task(session.asolve(["hello"], ask=True))
        await asyncio.sleep(0)
        released.set()
        return await waiting

    assert asyncio.run(both())[0].way == "unknown"


def test_calls_go_one_after_another_and_each_gets_its_own(open_session):
    """Twenty at once, through one session."""
    session = open_session(tools=SORTING)

    async def many():
        return await asyncio.gather(*(session.asolve(f"Sort: b{i} a{i}") for i in range(20)))

    assert [answers[0].value for answers in asyncio.run(many())] == [f"a{i} b{i}" for i in range(20)]


def test_it_raises_what_solve_raises(open_session):
    """In the coroutine; and events come to the listener that was given."""
    session = open_session(tools=SORTING)
    with pytest.raises(ToolNotFound):
        asyncio.run(session.asolve("Sort: b a", tool="no_such"))
    heard = []
    asyncio.run(session.asolve(["Sort: b a"] * 3, on_event=heard.append))
    assert heard


def test_a_session_closes_while_calls_wait(open_session):
    """What was not begun is cancelled."""
    session = open_session(tools=SORTING)

    async def closing():
        waiting = [asyncio.create_task(session.asolve("Sort: b a")) for _ in range(5)]
        await asyncio.sleep(0)
        session.close()
        return await asyncio.gather(*waiting, return_exceptions=True)

    found = asyncio.run(closing())
    assert all(isinstance(each, asyncio.CancelledError) or each[0].value == "a b" for each in found)
