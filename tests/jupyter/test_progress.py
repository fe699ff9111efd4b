"""Where the work is, while it is under way."""

import pytest
from cells import cell_of, examples

from latm_magic.events import MakingStep, ModelAsked, Note, Progress
from latm_magic.jupyter.progress import progress


class Kernel:
    """A shell that says it has a kernel."""

    kernel = object()


def test_making_when_in_a_terminal_prints_a_line_a_step(notebook):
    """Each step is a line; the last says how it ended, and what it cost."""
    lines = notebook.printed(f"%%latm sort_words\n{cell_of(examples())}").splitlines()
    assert lines[0].startswith("… sort_words: the maker is writing (proposal 1 of 4)")
    assert "checking the code" in lines[1]
    assert "verifying on the samples" in lines[2]
    assert lines[3].startswith("✓ sort_words: made, 6 of 6 right · 1 model call")
    again = notebook.printed(f"%%latm sort_words\n{cell_of(examples())}")
    assert "found in the cache; no model was asked" in again


def test_making_when_in_a_notebook_updates_one_display(monkeypatch):
    """One display is updated in place, and ends with the final state; notes stay above it."""
    shown = []

    class Handle:
        def update(self, view):
            shown.append(("update", view.text))

    def display(view, display_id=None):
        shown.append(("display", view.text))
        return Handle() if display_id else None

    monkeypatch.setattr("latm_magic.jupyter.progress.display", display)
    with progress(Kernel()) as tell:
        tell(MakingStep("t", "proposing", 1, 4))
        tell(ModelAsked("maker", "m", 100, 20, None, 1.0))
        tell(MakingStep("t", "verifying", 1, 4))
        tell(Note("Something to know.", "warning"))
        tell(MakingStep("t", "made", 1, 4, "6 of 6 right"))
    assert [kind for kind, _ in shown] == ["display", "update", "display", "display"]
    assert shown[2][1] == "Something to know."
    assert shown[3][1].startswith("✓ t: made, 6 of 6 right · 1 model call · 120 tokens · price unknown")


def test_a_batch_when_it_is_quick_shows_nothing(capsys, ip):
    """What parsers answer is done before a line could be read."""
    with progress(ip) as tell:
        tell(Progress(3, 5, (("parser", 3),)))
        tell(Progress(5, 5, (("parser", 3), ("user", 2))))
    assert capsys.readouterr().out == ""


def test_a_batch_when_it_takes_its_time_shows_how_far_it_is(capsys, ip, monkeypatch):
    """Done, of how many, and which way."""
    monkeypatch.setattr("latm_magic.jupyter.progress._QUICK_S", 0.0)
    with progress(ip) as tell:
        tell(Progress(3, 1_000, (("parser", 3),)))
        tell(Progress(4, 1_000, (("parser", 3), ("user", 1))))
        tell(Progress(1_000, 1_000, (("parser", 990), ("user", 10))))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("… 3 of 1,000 done: 3 by parser")
    assert lines[-1].startswith("✓ 1,000 of 1,000 done: 990 by parser, 10 by user model")
    assert len(lines) == 2


@pytest.mark.parametrize(("fault", "word"), [(KeyboardInterrupt, "interrupted"), (ValueError, "stopped")])
def test_work_when_it_ends_early_says_so_and_the_error_goes_on(capsys, ip, fault, word):
    """The last line says that it did not end; the error is not ours to keep."""

    def work():
        with progress(ip) as tell:
            tell(MakingStep("t", "proposing", 1, 4))
            raise fault

    with pytest.raises(fault):
        work()
    assert word in capsys.readouterr().out.splitlines()[-1]
