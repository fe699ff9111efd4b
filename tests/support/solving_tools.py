"""Tools that sort and count words, and one that takes the questions of another."""

SORT = '''
def parse(question):
    if not question.startswith("Sort: "):
        raise ValueError("not a list to sort")
    return {"words": question[6:].split()}

def sort_words(words: list[str], backwards: bool = False) -> list[str]:
    """Sort words."""
    if "crash" in words:
        raise KeyError("crash")
    while "loop" in words:
        pass
    return sorted(words, reverse=backwards)

def format_answer(result, question):
    return " ".join(result)
'''
SORT_EXAMPLES = [(f"Sort: {words}", " ".join(sorted(words.split()))) for words in ("b a", "d c", "f e")]
COUNT = """
def parse(question):
    if not question.startswith("Count: "):
        raise ValueError("nothing to count")
    return {"words": question[7:].split()}

def count_words(words: list[str]) -> int:
    return len(words)
"""
COUNT_EXAMPLES = [("Count: b a", 2), ("Count: d", 1), ("Count: f e g", 3)]
GREEDY = COUNT.replace("Count: ", "Sort: ").replace("count_words", "greedy").replace("question[7:]", "question[6:]")
GREEDY_EXAMPLES = [("Sort: b a", 2), ("Sort: d", 1), ("Sort: f e g", 3)]
MULTIPLIER = '''
def parse(question):
    head, _, number = question.partition(": ")
    if head != "{head}" or not number.isdecimal():
        raise ValueError("not for this tool")
    return {{"number": int(number)}}

def {name}(number: int) -> int:
    """Multiply."""
    return {factor} * number
'''
"""A tool that multiplies the number behind a head by a factor, to be filled in."""
TOOLS = {
    "sort_words": (SORT, SORT_EXAMPLES, "What sort_words does."),
    "count_words": (COUNT, COUNT_EXAMPLES, "What count_words does."),
}
RIVALS = {"sort_words": TOOLS["sort_words"], "greedy": (GREEDY, GREEDY_EXAMPLES, "What greedy does.")}


def asked(session):
    return len(session.scripts["user"].requests), len(session.scripts["dispatcher"].requests)
