"""A try-out: what works for each role, in rows; a failing endpoint is a row and never an error."""

import pytest
from loopback import CANARY, Turn, called, error, said, streamed

from latm_magic import Session
from latm_magic.errors import LatmError, SettingsError
from latm_magic.jupyter.display import view
from latm_magic.testing import ScriptedModel

NAMES = ["plain reply", "function calling", "streaming", "structured output"]
USAGE = {"prompt_tokens": 10, "completion_tokens": 2}


def able(body):
    """Answer as an endpoint that can do everything."""
    if body.get("tools"):
        return called("note_city", '{"city": "Paris"}')
    if body.get("stream"):
        return streamed({"content": "yes"}, usage=USAGE)
    return said('{"city": "Paris"}' if "response_format" in body else "yes")


def unable(body):
    """Answer as a plain server: functions are refused, streams and schemas passed over."""
    return error(400, "tools is not supported", param="tools") if body.get("tools") else said("Yes, it is Paris.")


@pytest.fixture
def pinging(serve, project):
    """Return a function that opens a session on an endpoint, tries it, and returns what came of it with the endpoint."""
    opened = []

    def try_out(*turns, models=("loopback-1", "loopback-2"), **settings):
        endpoint = serve(*turns, models=models)
        settings = {"maker_model": "loopback-1", "api_key": CANARY, **settings}
        opened.append(Session(project, base_url=endpoint.base_url, **settings))
        try_out.session = opened[-1]
        return opened[-1].ping(), endpoint

    yield try_out
    for session in opened:
        session.close()


def states(row):
    """Return the state of each check by its name."""
    return {check.name: check.state for check in row.checks}


def test_ping_when_all_works_says_so_and_is_in_the_ledger(pinging):
    """Four calls a model, one model asked once for all its roles; tokens and money are told and booked."""
    prices = {"loopback-1": {"input": 1.0, "output": 10.0}, "loopback-2": {"input": 1.0, "output": 10.0}}
    pings, endpoint = pinging(able, user_model="loopback-2", prices=prices)
    assert [row.roles for row in pings] == [("maker",), ("user", "dispatcher")]
    assert all(set(states(row)) == {"endpoint", "model", *NAMES} for row in pings)
    assert all(check.state == "works" and not check.note for row in pings for check in row.checks)
    assert pings.calls == len(endpoint.chats) == 8
    total = pinging.session.ledger.total
    assert (total.calls, total.prompt_tokens + total.completion_tokens) == (8, pings.tokens)
    assert pings.cost_usd == pytest.approx(total.cost_usd)
    assert pings.cost_usd > 0
    assert "8 calls" in view(pings).text


def test_ping_when_something_is_not_taken_says_what_to_do(pinging):
    """What a server passes over in silence is found out, and the rest is tried all the same."""
    pings, _ = pinging(unable)
    (row,) = pings
    assert states(row) == {
        "endpoint": "works",
        "model": "works",
        "plain reply": "works",
        "function calling": "fails",
        "streaming": "fails",
        "structured output": "fails",
    }
    assert all(check.note and "\n" not in check.note for check in row.checks if check.state == "fails")
    assert pings.cost_usd is None


@pytest.mark.parametrize(
    "turn",
    [
        error(401, f"Incorrect API key provided: {CANARY}"),
        error(500, "broken"),
        error(404, "no model loopback-1 found"),
        error(402, "no credit"),
        error(429, "slow down", headers={"retry-after": "500"}),
        Turn(status=302, headers={"location": "http://elsewhere.example/"}),
        Turn(body=b"<html>"),
        Turn(body=[1]),
        Turn(drop=True),
        said(None),
        said("", finish="length"),
        said("x", finish="content_filter"),
        called("rm", "{"),
        said("[" * 100_000),
    ],
)
@pytest.mark.parametrize("models", [("loopback-1",), None], ids=["listed", "no list"])
def test_ping_when_the_endpoint_fails_is_rows(pinging, turn, models):
    """No failure raises; each row says in one line what happened, and the key is in none."""
    pings, endpoint = pinging(turn, models=models)
    (row,) = pings
    assert "fails" in states(row).values()
    assert all(check.note for check in row.checks if check.state == "fails")
    assert CANARY not in repr(pings) + view(pings).html + view(pings).text
    assert all("\n" not in check.note for check in row.checks)
    assert len(endpoint.chats) <= 4


def test_ping_when_nobody_listens_or_nothing_is_named_is_rows(project, serve):
    """No server, no key and no recording that knows it, no model named, a key that is missing."""
    with Session(project, base_url="http://127.0.0.1:9/v1", maker_model="m") as session:
        row = session.ping().rows[0]
        assert set(states(row).values()) == {"fails", "not tried"}
    with Session(project) as session:
        assert "no endpoint" in session.ping().rows[0].checks[0].note
        assert session.ping().cost_usd == 0
    with Session(project, base_url=serve(able).base_url) as session:
        row = session.ping().rows[0]
        assert "maker_model" in row.checks[1].note
        assert row.checks[2].state == "fails"
        with pytest.raises(SettingsError, match="no profile"):
            session.ping("nowhere")


def test_ping_when_the_model_is_unknown_names_the_setting(pinging):
    """A name that the endpoint does not list, though it may answer."""
    pings, _ = pinging(able, user_model="typo")
    assert states(pings.rows[1])["model"] == "fails"
    assert "user_model" in pings.rows[1].checks[1].note


def test_ping_when_it_could_pass_the_budget_asks_nothing(pinging):
    """The budget holds for a try-out too."""
    prices = {"loopback-1": {"input": 1000.0, "output": 1000.0}}
    pings, endpoint = pinging(able, budget_usd=0.001, prices=prices)
    assert not endpoint.chats
    assert "budget" in pings.rows[0].checks[2].note
    assert (pings.calls, pings.cost_usd) == (0, 0)


def test_ping_when_the_model_is_yours_tries_what_it_can(project):
    """A model object has no streaming or schema to try; what it raises is a row."""

    def broken(_request):
        raise RuntimeError("out of order")

    with Session(project, maker=ScriptedModel(lambda _: "yes"), user=ScriptedModel(broken)) as session:
        maker, user = session.ping()
        assert states(maker)["plain reply"] == "works"
        assert states(maker)["streaming"] == "not tried"
        assert user.roles == ("user", "dispatcher")
        assert states(user)["plain reply"] == "fails"


def test_ping_of_another_profile_leaves_the_one_in_use(serve, home, project):
    """Its own address is tried, and nothing is chosen."""
    here, there = serve(able), serve(able)
    home.mkdir()
    (home / "config.toml").write_text(f'[profiles.there]\nbase_url = "{there.base_url}"\nmaker_model = "loopback-1"\n')
    with Session(project, base_url=here.base_url, maker_model="loopback-1") as session:
        assert session.ping("there").source.endswith("(profile there)")
        assert session.settings.profile == ""
        assert session.ledger.total.calls == 4
    assert not here.requests
    assert issubclass(SettingsError, LatmError)
