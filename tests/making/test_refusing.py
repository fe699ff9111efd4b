"""A parser is tested for refusing: what it answers of changed samples is on record, shown, and told to the maker once."""

from cells import fenced

from latm_magic.jupyter.display import view
from latm_magic.tool import ToolVersion

QUESTIONS = [f"Sort in ascending order. List: {words}" for words in ("b a", "d c", "f e", "h g")]
SAMPLES = [(question, " ".join(sorted(question.partition("List: ")[2].split()))) for question in QUESTIONS]
LOOSE = '''
def parse(question: str) -> dict:
    head, found, words = question.partition("List: ")
    if not found or "\\n" in words:
        raise ValueError("no list")
    return {"words": words.split()}

def sort_words(words: list[str]) -> list[str]:
    """Sort words."""
    return sorted(words)

def format_answer(result, question: str) -> str:
    return " ".join(result)
'''
STRICT = LOOSE.replace("if not found", 'if head != "Sort in ascending order. "')


def made(open_session, *replies, **options):
    session = open_session(maker=[fenced(reply) for reply in replies])
    tool = session.make("sort_words", "Sort words.", SAMPLES, **options)
    return session, tool


def test_what_a_loose_parser_answers_goes_to_the_maker_once(open_session):
    session, tool = made(open_session, LOOSE, STRICT)
    _first, second = session.scripts["maker"].requests
    told = second.messages[-1].content
    assert "Do not sort in ascending order. List: b a" in told
    assert "Sort in descending order. List: b a" in told
    assert "refuse it" in told
    assert tool.record.source.strip() == STRICT.strip()
    assert tool.record.verification.also == ()


def test_a_module_that_goes_on_answering_is_kept_and_says_so(open_session):
    session, tool = made(open_session, LOOSE, LOOSE)
    assert len(session.scripts["maker"].requests) == 2
    found = {each.question: each for each in tool.record.verification.also}
    negated = found["Do not sort in ascending order. List: b a"]
    assert (negated.change, negated.answer, negated.is_same) == ("negated", "a b", True)
    assert "answers these too" in view(tool).text
    assert "Do not sort in ascending order. List: b a" in view(tool).text
    assert session.verify("sort_words").also == tool.record.verification.also


def test_a_maker_that_cannot_be_asked_again_leaves_the_tool(open_session):
    _, tool = made(open_session, LOOSE)
    assert isinstance(tool.record, ToolVersion)
    assert tool.record.verification.passed


def test_a_strict_parser_is_made_with_one_call(open_session):
    session, tool = made(open_session, STRICT)
    assert len(session.scripts["maker"].requests) == 1
    assert "answers these too" not in view(tool).text


def test_a_round_tells_what_should_be_refused(open_session):
    column = [*QUESTIONS, *(f"Order upwards. List: {letter} a" for letter in "bcdefgh")]
    session, _ = made(open_session, LOOSE.replace("if not found", 'if "Order" in head'), STRICT, questions=column)
    _, second = session.scripts["maker"].requests[:2]
    assert "Do not sort in ascending order. List: b a" in second.messages[-1].content
