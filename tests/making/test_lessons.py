"""What a tool learns from when it grows, and how much of it the maker is shown."""

from pathlib import Path

from latm_magic.making.lessons import MAX_SHOWN, Lesson, Lessons
from latm_magic.making.prompts import grow
from latm_magic.task import Instance, Task

EXAMPLES = [(f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("b a", "d c b", "x", "q p", "z y", "f e")]


def test_a_growing_request_when_snapshotted_is_the_one_reviewed():
    """A changed word in the request is seen in review: it also makes every recording stale."""
    kept = Path(__file__).with_name("growing_request.txt")
    task = Task("count_things", "Count the things.", tuple(Instance(f"Q{i}", f"A{i}") for i in range(6)))
    lessons = Lessons(
        corrected=(Lesson("wrong one", "right", "wrong"), Lesson("refused one", "right")),
        refused=(Lesson("known one", "known"), Lesson("unknown one")),
        disputed=(Lesson("disputed one", "theirs", "ours"),),
    )
    assert grow(task, "def count_things():\n    return 1\n", lessons)[0].content == kept.read_text(encoding="utf-8")


def test_lessons_when_many_are_shown_a_few_of_each_wording():
    """A flood of refusals does not flood the request, rare wordings are in it, and no question is cut."""
    common = [Lesson(f"Please sort the words w{i} v{i} for me", "a") for i in range(200)]
    rare = [Lesson(f"In which order stand these when sorted: w{i}?", "a") for i in range(3)]
    huge = [Lesson("x" * 50_000, "a")]
    lessons = Lessons(refused=(*common, *rare, *huge))
    shown = lessons.shown()
    assert shown.count == MAX_SHOWN
    assert set(rare) <= set(shown.refused)
    task = Task("sort_words", "Sort.", tuple(Instance(*pair) for pair in EXAMPLES))
    (message,) = grow(task, "x = '````'\n", lessons)
    assert f"{204 - MAX_SHOWN} more questions like these are not shown" in message.content
    assert "`````python\nx = '````'\n`````" in message.content
    assert "x" * 50_000 not in message.content
