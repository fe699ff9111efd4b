"""The setting `router`: a session whose tools are found by a learned router, and what happens without torch."""

from importlib.util import find_spec

import pytest
from solving_tools import MULTIPLIER

from latm_magic.errors import SettingsError
from latm_magic.routing import kinds
from latm_magic.routing.learned.router import LearnedRouter
from latm_magic.routing.lexical.router import LexicalRouter

HEADS = {"double": 2, "triple": 3, "halve by ten": 10}
TOOLS = {
    head.replace(" ", "_"): (
        MULTIPLIER.format(head=head, name=head.replace(" ", "_"), factor=factor),
        [(f"{head}: {number}", factor * number) for number in range(1, 13)],
        f"Multiply by {factor}.",
    )
    for head, factor in HEADS.items()
}


def without_torch(monkeypatch):
    monkeypatch.setattr(kinds, "find_spec", lambda name: None)


def test_a_learned_router_without_torch_is_one_line(open_session, monkeypatch):
    """The line says what to install; a session that is open keeps the router it has."""
    without_torch(monkeypatch)
    with pytest.raises(SettingsError, match=r"router = 'gru' needs torch: pip install 'latm_magic\[torch\]', or set"):
        open_session(router="gru")
    session = open_session("other", tools=TOOLS)
    with pytest.raises(SettingsError, match="needs torch"):
        session.settings.router = "linear"
    assert session.settings.router == "lexical"
    assert [answer.text for answer in session.solve(["double: 50", "triple: 50"])] == ["100", "150"]


def test_a_router_that_does_not_exist_is_one_line(open_session):
    """The routers there are are named."""
    with pytest.raises(SettingsError, match=r"router = 'bert' is not .*lexical.*embedding"):
        open_session(router="bert")


def test_a_project_does_not_choose_the_router(open_session, tmp_path):
    """A cloned repository does not decide what is trained on your machine."""
    folder = tmp_path / "cloned"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[tool.latm_magic]\nrouter = "gru"\n')
    with pytest.raises(SettingsError, match="router is not a project's to set"):
        from latm_magic import Session

        Session(folder)


@pytest.mark.torch
@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.parametrize("router", ["linear", "embedding"])
def test_a_session_with_a_learned_router(open_session, router):
    """The router names the tool, the tool's parser has the last word; it is kept with the cache, and changed at will."""
    questions = [f"{head}: {number}" for number in range(50, 70) for head in HEADS]
    wanted = [str(factor * number) for number in range(50, 70) for factor in HEADS.values()]
    session = open_session(tools=TOOLS, router=router)
    answers = session.solve(questions)
    assert [answer.text for answer in answers] == wanted
    assert {answer.way for answer in answers} == {"parser"}
    routed = session._parts.routing.decide(session._parts.tools(), questions)
    assert sum(decision.sure for decision in routed) > 0.7 * len(routed)
    near = "double: fifty"
    assert session._parts.routing.decide(session._parts.tools(), [near])[0].tool == "double"
    assert session.solve([near], ask=False)[0].way in {"unknown", "unasked"}
    session.close()
    again = open_session(router=router)
    kept = again._parts.routing
    assert kept.decide(again._parts.tools(), questions) == routed
    assert isinstance(kept._router, LearnedRouter)
    again.settings.router = "lexical"
    assert [answer.text for answer in again.solve(questions[:3])] == wanted[:3]
    assert isinstance(again._parts.routing._router, LexicalRouter)
