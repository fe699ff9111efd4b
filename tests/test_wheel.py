"""The package as it is installed: everything it needs at run time is in the wheel."""

from importlib.resources import files

EXAMPLES = [("Count: b a", 2), ("Count: d", 1), ("Count: f e g", 3)]
SOURCE = """
def parse(question):
    head, mark, words = question.partition(": ")
    if head != "Count":
        raise ValueError("nothing to count")
    return {"words": words.split()}

def count_words(words: list[str]) -> int:
    return len(words)
"""


def test_the_package_when_installed_makes_and_uses_a_tool(tmp_path, monkeypatch):
    """Recordings, type marker and the sandbox's worker are there; a tool is verified, kept and used."""
    monkeypatch.setenv("LATM_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    from latm_magic import Session
    from latm_magic.models.recorded import shipped_recordings

    assert files("latm_magic").joinpath("py.typed").is_file()
    assert shipped_recordings()
    with Session(tmp_path) as session:
        session.add("count_words", SOURCE, EXAMPLES, description="Count words.")
        assert session.solve("Count: x y z")[0].value == 3
