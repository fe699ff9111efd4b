"""A tool that sorts, a next version of it, and questions that only another tool can answer."""

SORT = """\
def parse(question):
    if not question.startswith("Sort: "):
        raise ValueError("not a list to sort")
    return {"words": question[6:].split()}


def sort_words(words: list[str]) -> list[str]:
    return sorted(words)


def format_answer(result, question):
    return " ".join(result)
"""
NO_CASE = SORT.replace("sorted(words)", "sorted(words, key=str.lower)")
EXAMPLES = [(f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("b a", "d c", "f e")]
SORTING = {"sort_words": (SORT, EXAMPLES, "Sort the words.")}
"""The tools of a session that only sorts."""
COUNT = """\
def parse(question):
    head, found, words = question.partition(" how many: ")
    if not found:
        raise ValueError("nothing to count")
    return {"words": words.split()}


def count_words(words: list[str]) -> int:
    return len(words)
"""
COUNTS = [f"Please tell me how many: {'x ' * number}y" for number in range(1, 8)]


def leave_pending(session, questions):
    """Have questions stay unknown."""
    session.scripts["dispatcher"]._lines += ["unknown"] * len(questions)
    assert {answer.way for answer in session.solve(questions, ask=True)} == {"unknown"}
