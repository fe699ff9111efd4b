"""Parameters that a model refuses are dropped or replaced once, and remembered for that model at that endpoint."""

from dataclasses import replace

import pytest
from loopback import error, said, streamed

from latm_magic.errors import ModelError
from latm_magic.models.dialect import Dialect, after_refusal
from latm_magic.models.faults import Fault
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
    ("Cannot use tools with this model", {}, 400, "tools", {}),
    ("Failed to call a function. Please adjust your prompt.", {"code": "tool_use_failed"}, 400, "tools", {}),
    ("Error rendering prompt with jinja template: Unknown StringValue filter: safe", {}, 400, "tools", {}),
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


SIZES = [
    # what an endpoint says of 8192 completion tokens, and what it is asked for next; None: no limit
    ("max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens for claude-3-haiku-20240307", 4096),
    (
        "max_tokens is too large: 8192. This model supports at most 4096 completion tokens, whereas you provided 8192.",
        4096,
    ),
    ("max_completion_tokens is too large: 8192. This model supports at most 4,096 completion tokens.", 4096),
    ("Invalid max_tokens value, the valid range of max_tokens is [1, 4096]", 4096),
    ("Range of max_tokens should be [1,4096]", 4096),
    ("`max_tokens` must be less than or equal to `4096`, less than the `context_window` for this model", 4096),
    ("The maximum tokens you requested exceeds the model limit of 4096. Try again with a lower value.", 4096),
    ("it has a maxOutputTokens value of 8192 but the supported range is from 1 (inclusive) to 4097 (exclusive)", 4097),
    ("Requested output length 8192 exceeds the most that gpt-4-0613 can write (4096).", 4096),
    ("Value 8192 is greater than 4096", 4096),
    ("max_tokens is too large", None),
    ("max_tokens exceeds what model-2048 of 2024-05-13 can do", None),
]
LONG = Request("maker", (Message("user", "x" * 300),), max_tokens=8192)


@pytest.mark.parametrize(("message", "most"), SIZES)
@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_token_limit_when_it_is_too_large(serve, connect, message, most, name):
    """Whichever name was sent and whichever is complained of, the named number is asked for, then and later."""
    refusals = [error(400, "max_tokens is unknown")] if name == "max_completion_tokens" else []
    endpoint = serve(*refusals, error(400, message), said("ok"))
    model = connect(endpoint)
    assert model.complete(LONG).text == "ok"
    assert model.complete(replace(LONG, max_tokens=100)).text == "ok"
    *_, refused, again, later = [asked.body for asked in endpoint.chats]
    assert refused[name] == 8192
    assert (again.get(name), later.get(name)) == ((most, 100) if most else (None, None))
    assert {"max_tokens", "max_completion_tokens"} & set(again) == ({name} if most else set())


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 8292 (100 and 8192 in the completion).",
        "'max_tokens' is too large: 8192. This model's maximum context length is 4096 tokens (8192 > 4096 - 100).",
        "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 100 `inputs` tokens and 8192 `max_new_tokens`",
    ],
)
def test_token_limit_when_request_and_reply_share_it(serve, connect, message):
    """A reply may take what the request leaves of the context, more beside a short request, and what is no room is not sent."""
    endpoint = serve(error(400, message), said("ok"))
    model = connect(endpoint)
    for characters in (300, 3000, 30_000):
        model.complete(replace(LONG, messages=(Message("user", "x" * characters),)))
    assert [asked.body.get("max_tokens") for asked in endpoint.chats] == [8192, 3996, 3096, None]


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens.",
        "frequencies must be between 0 and 2",
        "the request has too many images: at most 16",
    ],
)
def test_token_limit_when_the_refusal_is_not_about_it(serve, connect, message):
    """What is too long or too many besides is an error at once, and no limit is learned from it."""
    endpoint = serve(error(400, message), said("ok"))
    model = connect(endpoint)
    with pytest.raises(ModelError):
        model.complete(LONG)
    model.complete(LONG)
    assert [asked.body["max_tokens"] for asked in endpoint.chats] == [8192, 8192]


def test_token_limit_when_nothing_is_taken(serve, connect):
    """An endpoint that complains of the limit to the end names the setting."""
    endpoint = serve(error(400, "max_tokens must be at most what your plan allows"))
    with pytest.raises(ModelError, match=r"%config Latm\.max_tokens") as caught:
        connect(endpoint).complete(LONG)
    assert caught.value.kind == "request"
    assert len(endpoint.chats) == 2


def test_a_question_that_does_not_fit_alone_is_not_asked_again():
    """The refusal names window, sum, question and limit: a smaller limit for the reply would change nothing."""
    said = (
        "This model's maximum context length is 4096 tokens. However, you requested {} tokens ({} in the messages, 64 in"
        " the completion). Please reduce the length of the messages or completion."
    )
    for asked, is_mended in ((6013, False), (4096, False), (4090, True)):
        fault = Fault(400, said.format(asked + 64, asked))
        assert (after_refusal(Dialect(), fault, {"max_tokens": 64}) is not None) == is_mended


OPEN = Request("maker", (Message("user", "q"),), max_tokens=None)
LIMITS = {"max_tokens", "max_completion_tokens"}


def test_no_limit_when_none_is_wanted_is_sent(serve, connect):
    """The endpoint decides how long a reply may be."""
    endpoint = serve(said("ok"))
    assert connect(endpoint).complete(OPEN).text == "ok"
    assert not LIMITS & set(endpoint.chats[0].body)


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("max_tokens: Field required", "max_tokens"),
        ("Missing required parameter: 'max_completion_tokens'.", "max_completion_tokens"),
        ("`max_tokens` must be set for this model", "max_tokens"),
    ],
)
def test_a_limit_when_an_endpoint_demands_one_is_sent_and_remembered(serve, connect, message, name):
    """After its refusal it gets one by the name that it asks for, and what it then finds too large is made smaller."""
    endpoint = serve(error(400, message), error(400, f"{name}: 131072 > 8192, which is the maximum"), said("ok"))
    model = connect(endpoint)
    assert model.complete(OPEN).text == "ok"
    assert model.complete(OPEN).text == "ok"
    assert model.complete(replace(OPEN, max_tokens=100)).text == "ok"
    assert [asked.body.get(name) for asked in endpoint.chats] == [None, 131_072, 8192, 8192, 100]


def test_a_refusal_of_something_else_when_no_limit_was_sent_is_an_error(serve, connect):
    """A word of the limit is no demand for one, and nothing is asked for ever."""
    endpoint = serve(error(400, "max_tokens is of no use here"))
    with pytest.raises(ModelError):
        connect(endpoint).complete(OPEN)
    assert len(endpoint.chats) == 1
    endpoint = serve(*[error(400, "max_tokens is required; max_completion_tokens is required")] * 20)
    with pytest.raises(ModelError):
        connect(endpoint).complete(OPEN)
    assert len(endpoint.chats) < 6
