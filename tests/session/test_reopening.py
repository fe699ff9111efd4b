"""A tool in other hands: copied, pickled, and called in another process."""

import copy
import multiprocessing
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest
from solving_tools import TOOLS

from latm_magic.errors import LatmError
from latm_magic.session.reopening import reopen


@pytest.fixture
def tool(open_session):
    """Return a tool whose session has a setting of its own."""
    yield open_session(tools=TOOLS, timeout_s=3.0).tool("sort_words")
    reopen.cache_clear()


def test_a_tool_when_copied_is_itself(tool):
    """A tool is immutable, as a function is."""
    assert copy.copy(tool) is copy.deepcopy({"t": tool})["t"] is tool


def test_a_tool_when_pickled_works_in_a_session_that_all_of_this_process_share(tool):
    """It is the same tool, with what you had set; no second session is opened for the next one."""
    first, second = (pickle.loads(pickle.dumps(tool)) for _ in range(2))
    with first._host as session:
        assert first == tool
        assert first._host is second._host
        assert session.settings.timeout_s == 3.0
        assert first(["b", "a"]) == ["a", "b"]
        assert first.map(["Sort: d c"]).to_list() == ["c d"]


def test_a_tool_when_its_project_is_not_there_says_what_to_do(tool, tmp_path):
    """One line names the folder and the way to take tools along."""
    pickled = pickle.dumps(tool)
    (tmp_path / "project").rename(tmp_path / "elsewhere")
    with pytest.raises(LatmError, match=r"does not exist: run where it is, or take the tool along with %latm export"):
        pickle.loads(pickled)


def test_a_tool_when_given_to_a_pool_of_processes_works_in_each(tool, monkeypatch):
    """As joblib, multiprocessing and Dask do it: the bare tool is the function that is mapped."""
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None, raising=False)  # a shell of other tests stands there
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(tool, [["b", "a"], ["d", "c"]])) == [["a", "b"], ["c", "d"]]
