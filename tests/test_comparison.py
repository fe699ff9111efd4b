"""When two answers agree, and in which form snippets' results become answers."""

import pytest

from latm_magic.comparison import agree, answer_text, fit_form
from latm_magic.verification import AnswerForm, Glue


@pytest.mark.parametrize(
    ("samples", "form"),
    [
        ([("E", "(E)"), ("A", "(A)")], AnswerForm(Glue("(", "", ")"))),
        ([("E", "(E)"), ("(A)", "(A)"), ("B", "(B)")], AnswerForm(Glue("(", "", ")"))),
        ([("])", "] )"), (">}", "> }"), (")", ")")], AnswerForm(Glue("", " ", ""))),
        ([(("a", "b"), "a - b"), (["c", "d"], "c - d"), ("none", "none")], AnswerForm(items=Glue("", " - ", ""))),
        ([([1, 2], "[1; 2]"), ([3], "[3]")], AnswerForm(items=Glue("[", "; ", "]"))),
        ([(3, "3."), (4, "4.")], AnswerForm(Glue("", "", "."))),
    ],
)
def test_a_form_when_all_samples_bear_it_out_is_fitted_and_applied(samples, form):
    """Punctuation and blanks around, or between, the parts of a result are found, and give every known answer."""
    assert fit_form(samples) == form
    assert [answer_text(value, form) for value, _ in samples] == [wanted for _, wanted in samples]


@pytest.mark.parametrize(
    "samples",
    [
        [("E", "(E)")],
        [("E", "(E)"), ("E", "(E)")],
        [("E", "(E)"), ("A", "(B)")],
        [("E", "(E)"), ("A", "[A]")],
        [("", "(a)"), ("", "(b)")],
        [("a", "xa"), ("b", "xb")],
        [("E", "E"), ("A", "A")],
        [(None, "x"), (None, "y")],
        [([], "()"), ((), "[]")],
        [("a" * 2000, "(" + "a" * 2000 + ")"), ("c" * 2000, "(" + "c" * 2000 + ")")],
    ],
)
def test_a_form_when_it_could_be_chance_or_would_add_letters_is_not_fitted(samples):
    """One answer is no evidence, and no letter or digit of an answer may come from the form: a wrong result stays wrong."""
    assert fit_form(samples) == AnswerForm()


def test_a_result_when_it_is_none_is_no_answer():
    """None is refused whatever the form."""
    with pytest.raises(ValueError, match="None"):
        answer_text(None, AnswerForm(Glue("(", "", ")")))


@pytest.mark.parametrize(
    ("wanted", "got", "kind", "same"),
    [
        ("a b", " a b\r\n", "text", True),
        ("a", "A", "text", False),
        ("3", "03", "int", True),
        ("3", "three", "int", False),
        ("0.3", "0.30000000000000004", "float", True),
        ("nan", "nan", "float", True),
        ("True", "true", "bool", True),
    ],
)
def test_answers_when_compared_agree_by_their_kind(wanted, got, kind, same):
    """Text is compared letter by letter, numbers and truth values by value."""
    assert agree(wanted, got, kind) is same
