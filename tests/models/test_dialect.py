"""Parameters that a model refuses are dropped or replaced once, and remembered for that model at that endpoint."""

import pytest
from loopback import error, said, streamed

from latm_magic.errors import ModelError
from latm_magic.models.model import FunctionSpec, Message, Request

FUNCTION = FunctionSpec("f", "Do f.", {"type": "object", "properties": {}})
REQUEST = Request("user", (Message("system", "Be good."), Message("user", "q")), functions=(FUNCTION,), must_call=True)

REFUSALS = [
    # message, fields of the error, status, what is gone afterwards, what stands in its place
    (
        "Unsupported value: 'temperature' does not support 0.0 with this model.",
        {"param": "temperature"},
        400,
        "temperature",
        {},
    ),
    (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        {"param": "max_tokens", "code": "unsupported_parameter"},
        400,
        "max_tokens",
        {"max_completion_tokens": 4096},
    ),
    ("registry.ollama.ai/library/gemma does not support tools", {}, 400, "tools", {}),
    ('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', {}, 400, "tools", {}),
    ("tools param requires --jinja flag", {"type": "server_error"}, 500, "tools", {}),
    ("No endpoints found that support tool use.", {"code": 404}, 404, "tools", {}),
    ("Extra inputs are not permitted: tools", {}, 422, "tools", {}),
    ("tool_choice 'required' is not supported", {"param": "tool_choice"}, 400, "", {"tool_choice": "auto"}),
]


@pytest.mark.parametrize(("message", "fields", "status", "gone", "instead"), REFUSALS)
def test_parameter_when_the_model_refuses_it(serve, connect, message, fields, status, gone, instead):
    """A refused parameter is dropped or replaced, the call goes through, and the next call asks right at once."""
    endpoint = serve(error(status, message, **fields), said("ok"))
    model = connect(endpoint)
    assert model.complete(REQUEST).text == "ok"
    assert model.complete(REQUEST).text == "ok"
    first, *later = [asked.body for asked in endpoint.chats]
    assert len(later) == 2
    for body in later:
        assert gone not in body
        assert body.items() >= instead.items()
        kept = set(first) - {gone} - ({"tool_choice"} if gone == "tools" else set())
        assert kept <= set(body)
    assert model.supports_functions is (False if gone == "tools" else None)


def test_streaming_when_its_options_are_refused(serve, connect):
    """A model that knows no stream_options streams without usage; one that cannot stream answers at once."""
    endpoint = serve(error(400, "Unknown field stream_options"), streamed({"content": "ok"}))
    reply = connect(endpoint, stream=True).complete(REQUEST)
    assert (reply.text, reply.usage) == ("ok", None)
    assert endpoint.chats[1].body["stream"] is True
    endpoint = serve(error(400, "Streaming is not supported for this model", param="stream"), said("ok"))
    assert connect(endpoint, stream=True).complete(REQUEST).text == "ok"
    assert "stream" not in endpoint.chats[1].body


def test_streaming_when_it_does_not_go_with_functions(serve, connect):
    """A model that cannot stream calls answers at once, and keeps its functions."""
    endpoint = serve(error(500, "Automatic streaming tool choice is not supported"), said("ok"))
    model = connect(endpoint, stream=True)
    assert model.complete(REQUEST).text == "ok"
    assert "stream" not in endpoint.chats[1].body
    assert "tools" in endpoint.chats[1].body


def test_system_message_when_its_role_is_refused(serve, connect):
    """What the system message says goes in front of your first message, for models without that role."""
    endpoint = serve(error(400, "System role not supported"), said("ok"))
    connect(endpoint).complete(REQUEST)
    assert endpoint.chats[1].body["messages"] == [{"role": "user", "content": "Be good.\n\nq"}]


def test_parameters_when_several_are_refused(serve, connect):
    """Refusals are learned one after the other within one call, and the token limit goes when neither name is taken."""
    endpoint = serve(
        error(400, "max_tokens is unknown"),
        error(400, "max_completion_tokens is unknown"),
        error(400, "temperature is unknown"),
        said("ok"),
    )
    assert connect(endpoint).complete(REQUEST).text == "ok"
    assert set(endpoint.chats[-1].body) == {"model", "messages", "tools", "tool_choice"}


def test_refusal_when_nothing_is_left_to_drop(serve, connect):
    """An endpoint that refuses for ever is asked a bounded number of times, then its words are an error."""
    text = "stream_options max_tokens max_completion_tokens temperature tool_choice tools unknown stream system role"
    endpoint = serve(error(400, text))
    with pytest.raises(ModelError) as caught:
        connect(endpoint, stream=True).complete(REQUEST)
    assert caught.value.kind == "request"
    assert len(endpoint.chats) == 9


def test_dialect_when_another_model_asks(serve, connect):
    """What one model refuses is not held against another."""
    endpoint = serve(error(400, "temperature is unknown"), said("ok"))
    connect(endpoint).complete(REQUEST)
    connect(endpoint, "loopback-2").complete(REQUEST)
    assert "temperature" in endpoint.chats[-1].body


def test_token_limit_when_the_endpoint_is_openai():
    """OpenAI's own endpoint is asked with the name that all its models take."""
    from latm_magic.models.openai import OpenAIModel

    assert (
        OpenAIModel("m", api_key="k", deadline_s=20, max_retries=2)._dialect.token_limits[0] == "max_completion_tokens"
    )
