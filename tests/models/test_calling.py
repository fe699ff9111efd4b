"""Requests of the tool loop on the wire: calls that may or may not be made, answers that fit a schema."""

import pytest
from loopback import called, error, said, streamed

from latm_magic.models.model import FunctionSpec, Message, Request, most_prompt_tokens

FUNCTION = FunctionSpec("f", "Do f.", {"type": "object", "properties": {}})
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
ASKED = (Message("user", "q"),)


def test_a_last_answer_keeps_its_functions_and_forbids_calls(serve, connect):
    """What came before stays explained, and in the endpoint's cache; the schema goes as structured output."""
    endpoint = serve(said('{"a": 1}'))
    connect(endpoint).complete(Request("ask", ASKED, (FUNCTION,), may_call=False, schema=SCHEMA))
    body = endpoint.chats[0].body
    assert body["tool_choice"] == "none"
    assert [each["function"]["name"] for each in body["tools"]] == ["f"]
    assert body["response_format"] == {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}


@pytest.mark.parametrize(
    "message",
    [
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        "Invalid schema for response_format 'answer': schema must be a JSON Schema of type object",
        "response_format: json_schema is unavailable now",
        "Unrecognized request argument supplied: response_format",
        "This model does not support structured outputs",
        "json mode cannot be combined with tool/function calling",
        "Cannot use custom grammar constraints with tools.",
    ],
)
def test_a_schema_that_an_endpoint_refuses_is_left_out(serve, connect, message):
    """Once refused, the schema is not sent again; tools and all else stay."""
    endpoint = serve(error(400, message), said("1"))
    model = connect(endpoint)
    request = Request("ask", ASKED, (FUNCTION,), may_call=False, schema=SCHEMA)
    assert model.complete(request).text == "1"
    model.complete(request)
    assert ["response_format" in chat.body for chat in endpoint.chats] == [True, False, False]
    assert all("tools" in chat.body for chat in endpoint.chats)


def test_a_ban_of_calls_that_an_endpoint_refuses_takes_the_functions_away(serve, connect):
    """Where tool_choice "none" is refused, a last answer is asked for without functions; others still have them."""
    endpoint = serve(error(400, "tool_choice 'none' is not supported", param="tool_choice"), said("1"))
    model = connect(endpoint)
    model.complete(Request("ask", ASKED, (FUNCTION,), may_call=False))
    model.complete(Request("ask", ASKED, (FUNCTION,)))
    _, last, other = endpoint.chats
    assert "tools" not in last.body
    assert (other.body["tool_choice"], len(other.body["tools"])) == ("auto", 1)


def test_a_schema_counts_in_the_estimate_of_a_request():
    """A budget reserves for all that is sent."""
    assert most_prompt_tokens(Request("ask", ASKED, schema=SCHEMA)) > most_prompt_tokens(Request("ask", ASKED))


def test_the_loop_on_the_wire(serve, open_session):
    """Calls of a streamed reply run, their outcomes go back under the call's id, and the ledger has every request."""
    from sorting import SORTING

    pieces = [
        {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "sort_words", "arguments": '{"words": '}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '["b", "a"]}'}}]},
        {"tool_calls": [{"index": 1, "id": "c2", "function": {"name": "sort_words", "arguments": "{}"}}]},
    ]
    usage = {"prompt_tokens": 7, "completion_tokens": 5}
    endpoint = serve(streamed(*pieces, finish="tool_calls", usage=usage), said("a b", usage=usage))
    session = open_session(
        maker=None, user=None, dispatcher=None, tools=SORTING, base_url=endpoint.base_url, maker_model="loopback-1"
    )
    asked = session.ask("Sort: b a", record="sorting")
    assert (asked.value, asked.tokens) == ("a b", 24)
    assert [(step.output, bool(step.error), step.tokens) for step in asked.steps] == [
        (["a", "b"], False, 12), (None, True, 0),
    ]  # fmt: skip
    first, second = (chat.body for chat in endpoint.chats)
    assert (first["tool_choice"], first["tools"][0]["function"]["name"]) == ("auto", "sort_words")
    assistant, one, other = second["messages"][-3:]
    assert [call["id"] for call in assistant["tool_calls"]] == ["c1", "c2"]
    assert (one["role"], one["tool_call_id"], one["content"]) == ("tool", "c1", '["a", "b"]')
    assert (other["tool_call_id"], other["content"][:6]) == ("c2", "error:")
    assert [(entry.role, entry.run) for entry in session.ledger.entries()] == [("ask", asked.trace.id)] * 2


def test_another_model_by_name_is_asked_at_the_same_endpoint(serve, open_session):
    """`model` names it; it is metered like the others."""
    endpoint = serve(said("yes"))
    session = open_session(maker=None, user=None, dispatcher=None, base_url=endpoint.base_url, maker_model="loopback-1")
    asked = session.ask("Well?", tools=[], model="loopback-2")
    assert (endpoint.chats[0].body["model"], asked.trace.model) == ("loopback-2", "loopback-2")
    assert "tools" not in endpoint.chats[0].body
    assert session.ledger.entries()[0].model == "loopback-2"


def test_a_model_without_functions_is_named(serve, open_session):
    """It cannot call a tool, so its answer is none that the tools gave."""
    from sorting import SORTING

    from latm_magic.errors import ModelError

    endpoint = serve(error(400, "registry.ollama.ai/library/gemma does not support tools"), said("guessed"))
    session = open_session(
        maker=None, user=None, dispatcher=None, tools=SORTING, base_url=endpoint.base_url, maker_model="loopback-1"
    )
    with pytest.raises(ModelError, match="takes no functions"):
        session.ask("Sort: b a")


def test_a_key_in_arguments_is_not_recorded(serve, open_session, tmp_path):
    """What is written to a recording has no key in it."""
    from loopback import CANARY
    from sorting import SORTING

    endpoint = serve(called("sort_words", f'{{"words": ["{CANARY}"]}}'), said("done"))
    path = tmp_path / "recording.jsonl"
    session = open_session(
        maker=None,
        user=None,
        dispatcher=None,
        tools=SORTING,
        base_url=endpoint.base_url,
        maker_model="loopback-1",
        record=str(path),
    )
    session.ask("Sort")
    assert CANARY not in path.read_text(encoding="utf-8")
