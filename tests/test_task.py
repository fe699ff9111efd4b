"""Tasks: which samples serve, the roles that they play, names, and values."""

import pytest

from latm_magic.errors import TaskError
from latm_magic.task import Instance, Task, check_name, to_value


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ((), "No examples"),
        ((Instance("q", "1"),), "One example"),
        ((Instance("q", "1"), Instance("q", "1"), Instance("r", "1")), "Two different examples"),
        (
            (Instance("q", "1"), Instance("q", "2"), Instance("r", "1")),
            "Examples 1 and 2 contradict each other: 'q' is answered '1' and '2'",
        ),
        ((Instance("q", "1"), Instance("r"), Instance("s", "1")), "Example 2 has no answer"),
    ],
)
def test_a_task_when_its_samples_cannot_serve_says_why(samples, words):
    """Too few, contradicting or unanswered samples are refused before a model is asked."""
    with pytest.raises(TaskError, match=words):
        Task("name", "What it does.", samples).check()


def test_samples_when_they_contradict_are_told_by_number_and_where_they_differ():
    """Questions of one long head say nothing: the two numbers do, the question's end, and where the answers part."""
    head = "How would a typical reader answer each of the questions below about causes? " * 3
    answers = [head + "Yes, he did.", head + "No, he did not."]
    samples = [Instance(head + "A", answers[0]), Instance(head + "B", answers[0])]
    samples += [Instance(head + "B", answer) for answer in answers]
    with pytest.raises(TaskError) as caught:
        Task("name", "What it does.", tuple(samples)).check()
    said = str(caught.value)
    assert said.startswith("Examples 2 and 4 contradict each other: 'How would")
    assert "causes? B' is answered '…" in said
    assert "Yes, he did.' and '…" in said
    assert "No, he did not.'. Remove one." in said
    assert len(said) < 300


def test_a_task_when_it_has_no_description_says_so():
    """The description is needed."""
    with pytest.raises(TaskError, match="No description"):
        Task("name", " ", tuple(Instance(str(i), "x") for i in range(3))).check()


@pytest.mark.parametrize(("count", "roles"), [(3, (2, 1, 0)), (5, (4, 1, 0)), (6, (3, 3, 0)), (9, (3, 3, 3))])
def test_samples_when_split_follow_their_number(count, roles):
    """Three show, three verify, the rest is held out; of three to five the last one verifies."""
    task = Task("name", "x", tuple(Instance(str(i), "a") for i in range(count))).check()
    assert (len(task.demonstrations), len(task.validation), len(task.held_out)) == roles


@pytest.mark.parametrize("name", ["", "two words", "1st", "class", "match", "_private", "naïve", "parse", "a-b"])
def test_a_tools_name_when_it_names_no_function_is_refused(name):
    """A tool's name is a plain, public identifier and no keyword."""
    with pytest.raises(TaskError):
        check_name(name)


def test_values_when_read_from_text_have_the_kind_of_the_examples():
    """Answer texts become values of the task's kind, or ValueError."""
    assert [to_value(" 3 ", "int"), to_value("2.5", "float"), to_value("true", "bool"), to_value(" x ", "text")] == [
        3,
        2.5,
        True,
        " x ",
    ]
    for text, kind in (("x", "int"), ("maybe", "bool"), ("1e999", "float"), ("", "float")):
        with pytest.raises(ValueError):
            to_value(text, kind)
