"""What an endpoint offers, and which role uses which of it."""

import pytest
from loopback import CANARY, Turn, error, said
from sorting import EXAMPLES, SORTING

from latm_magic import Session
from latm_magic.errors import ModelError, SettingsError

LISTING = {
    "data": [
        {"id": "plain"},
        {"id": "router", "context_length": 128_000},
        {"id": "vllm", "max_model_len": 32_768},
        {"id": "llama", "meta": {"n_ctx": 4096}},
        {"id": "odd", "context_length": "many", "meta": 5},
        {"id": "odder", "context_length": True, "max_model_len": -1, "context_window": 10**30},
        {"id": "odd"},
        {"id": 5},
        {},
        "text",
        {"id": f"<b>bold</b>\x1b[31m\n{CANARY}"},
    ]
}


def listing(document):
    """Return a turn that lists models where models are asked for, and says a word otherwise."""
    return lambda body: Turn(body=document) if body is None else said("yes")


@pytest.fixture
def offering(serve, project):
    """Return a function that opens a session on an endpoint with a list of models."""
    opened = []

    def open_one(turn, **settings):
        endpoint = serve(turn, models=None)
        opened.append(Session(project, base_url=endpoint.base_url, api_key=CANARY, **settings))
        return opened[-1]

    yield open_one
    for session in opened:
        session.close()


def test_models_when_listed_say_context_price_and_role(offering):
    """Each endpoint's word for the context is known; what is no number is unknown, as is a price that nobody named."""
    prices = {"router": {"input": 2.5, "output": 10.0}}
    session = offering(listing(LISTING), maker_model="router", user_model="vllm", prices=prices)
    offers = session.models()
    by_name = {each.name: each for each in offers}
    assert {name: each.context_tokens for name, each in by_name.items() if each.context_tokens} == {
        "router": 128_000,
        "vllm": 32_768,
        "llama": 4096,
    }
    assert [each.name for each in offers][:2] == ["router", "vllm"]
    assert by_name["router"].roles == ("maker",)
    assert by_name["vllm"].roles == ("user", "dispatcher")
    price = by_name["router"].price
    assert (price.input, price.output) == (2.5, 10.0)
    assert by_name["plain"].price is None
    assert offers.missing == ()
    assert CANARY not in repr(offers)


def test_models_when_a_role_uses_another_say_so(offering):
    """A model that is named and not offered is told."""
    session = offering(listing(LISTING), maker_model="plain", user_model="gone")
    assert session.models().missing == (("user", "gone"), ("dispatcher", "gone"))


def test_known_prices_and_contexts_come_from_the_kept_list(session):
    """For an endpoint on the list, a million tokens of ordinary requests cost what the list says."""
    prices = session.ledger.prices
    price = prices.price("gpt-4o", "https://api.openai.com/v1")
    assert 0 < price.cached < price.input < price.output
    assert prices.context_tokens("gpt-4o", "https://api.openai.com/v1") == 128_000
    assert prices.context_tokens("gpt-4o", "http://127.0.0.1:9/v1") is None


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (error(401, "Incorrect API key provided"), "key"),
        (Turn(status=302, headers={"location": "http://elsewhere.example/v1/models"}), "elsewhere.example"),
        (Turn(body=b"[" * 9_000_000), "8 MB"),
        (error(500, "broken"), "500|broken"),
    ],
    ids=["key", "redirect", "size", "broken"],
)
def test_models_when_the_endpoint_fails_are_one_line(offering, turn, words):
    """The list comes through the same guarded client as every reply."""
    with pytest.raises(ModelError, match=words) as caught:
        offering(turn, max_retries=0, deadline_s=5).models()
    assert "\n" not in str(caught.value)
    assert CANARY not in str(caught.value)


def test_models_when_there_is_no_endpoint_say_what_to_set(session):
    """A recording offers nothing."""
    with pytest.raises(ModelError, match="no endpoint.*OPENAI_API_KEY.*base_url.*profile"):
        session.models()


def test_models_of_another_profile_leave_the_one_in_use(serve, home, project):
    """Its own address, key and roles are looked at; nothing is chosen."""
    here, there = serve(said("a"), models=["alpha"]), serve(said("b"), models=["beta"])
    home.mkdir()
    (home / "config.toml").write_text(
        f'[profiles.here]\nbase_url = "{here.base_url}"\nmaker_model = "alpha"\nuser_model = "alpha"\n'
        f'[profiles.there]\nbase_url = "{there.base_url}"\nmaker_model = "beta"\n'
    )
    with Session(project, profile="here", api_key=CANARY) as session:
        before = session.settings.listing()
        offers = session.models("there")
        assert [(each.name, each.roles) for each in offers] == [("beta", ("maker", "user", "dispatcher"))]
        assert offers.source == f"{there.base_url} (profile there)"
        assert session.settings.listing() == before
        assert [each.name for each in session.models()] == ["alpha"]
        with pytest.raises(SettingsError, match="Did you mean 'there'"):
            session.models("their")
    assert here.requests[0].headers["authorization"] == f"Bearer {CANARY}"
    assert CANARY not in str(there.requests[0].headers)


def test_without_a_key_what_fits_no_tool_is_unknown(open_session, tmp_path):
    """No model has to be asked for that; a recording that you named has to hold what it is asked."""
    tools = {"sort_words": (*SORTING["sort_words"][:1], EXAMPLES, "Sort words.")}
    models = {"maker": None, "user": None, "dispatcher": None}
    session = open_session("plain", tools=tools, **models)
    answers = session.solve(["Sort: b a", "What is the weather?"])
    assert [answer.way for answer in answers] == ["parser", "unknown"]
    assert "no model is set" in answers[1].reason
    assert session.solve("Which way to the sea?")[0].way == "unknown"
    (tmp_path / "empty.jsonl").touch()
    named = open_session("named", tools=tools, replay=str(tmp_path / "empty.jsonl"), **models)
    with pytest.raises(ModelError):
        named.solve("Which way to the sea?")
