"""The key shows as stars, and what looks like a key is redacted while ordinary source is left alone."""

import pytest

from latm_magic.models.keys import Key, redact_keys


def test_key_when_shown():
    """A key prints as stars and is false when empty."""
    key = Key("sk-very-secret-1")
    assert (repr(key), str(key), f"{key}", bool(key), bool(Key(""))) == ("***", "***", "***", True, False)


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-Abc123def456ghi789",
        "sk-ant-api03-0123456789abcdef",
        "sk-proj-********************wxyz",
        "gsk_0123456789abcdefghijABCDEFGHIJ",
        "hf_0123456789abcdefghijABCDEFGHIJ",
        "AIzaSyA0123456789abcdefghijklmnopqrstu",
        "xai-0123456789abcdefgh",
    ],
)
def test_redact_when_text_looks_like_a_key(text):
    """Keys of the well-known providers are redacted wherever they stand."""
    assert redact_keys(f"a {text}, b") == "a [key], b"
    assert redact_keys(f"Authorization: Bearer {text}") == "Authorization: Bearer [key]"


@pytest.mark.parametrize(
    "text",
    ["sk_model_training_42", "hf_transfer_enabled", "task-sorting-words-by-length", "risk-averse", "key_function_of_3"],
)
def test_redact_when_text_is_source(text):
    """Identifiers and hyphenated words are left as they are: recorded source must come through unchanged."""
    assert redact_keys(text) == text


def test_redact_when_the_key_is_a_placeholder():
    """A key as short as "none" is a placeholder: redacting it would maim ordinary words."""
    assert Key("none").redact("none of these") == "none of these"
