"""The first solve of a fresh process: what it answers, and what it does not load."""

import subprocess
import sys

from latm_magic import Session

SOURCE = '''
def parse(question):
    head, _, words = question.partition(": ")
    if head != "Sort":
        raise ValueError("not a list to sort")
    return {"words": words.split()}

def sort_words(words: list[str]) -> list[str]:
    """Sort words."""
    return sorted(words)

def format_answer(result, question):
    return " ".join(result)
'''
EXAMPLES = [("Sort: b a", "a b"), ("Sort: d c", "c d"), ("Sort: f e", "e f")]
FRESH = """
import sys
from latm_magic import Session
with Session(sys.argv[1]) as session:
    print(session.solve("Sort: z y x")[0].value)
    print(sorted({"numpy", "pandas", "importlib.metadata", "dask", "sklearn"} & set(sys.modules)))
"""


def test_the_first_solve_of_a_process_loads_nothing_heavy(tmp_path):
    """The saved router is read and the tool runs, and no table library was loaded for it."""
    with Session(tmp_path) as session:
        session.add("sort_words", SOURCE, EXAMPLES, description="Sort words.")
        session.solve("Sort: b a")
    command = [sys.executable, "-c", FRESH, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["x y z", "[]"]
