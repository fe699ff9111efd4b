"""Where the work is, while it is under way."""

import threading
from types import SimpleNamespace

import pytest
from cells import cell_of, examples

from latm_magic.events import MakingStep, ModelAsked, Note, Progress, Writing
from latm_magic.jupyter.progress import progress
from latm_magic.jupyter.time_left import TimeLeft


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


class Display:
    """What a notebook shows: one text for each display, as its last update left it."""

    def __init__(self, monkeypatch):
        self.outputs, self.seen = [], []
        self.changed = threading.Condition()
        monkeypatch.setattr("latm_magic.jupyter.screen.display", self._display)

    def _display(self, view, display_id=None):
        place = len(self.outputs)
        self.outputs.append("")
        self._put(place, view)
        return SimpleNamespace(update=lambda later: self._put(place, later)) if display_id else None

    def _put(self, place, view):
        with self.changed:
            self.outputs[place] = view.text
            self.seen.append(view)
            self.changed.notify_all()

    def wait_for(self, words):
        """Wait until words are shown."""
        with self.changed:
            assert self.changed.wait_for(lambda: any(words in view.text for view in self.seen), 20), self.outputs


def test_the_clock_when_a_model_takes_its_time_ticks(monkeypatch):
    """Nothing happens but time: the line says how much of it went by, also where nothing was told at all."""
    shown = Display(monkeypatch)
    with progress(Kernel()) as tell:
        tell(MakingStep("t", "proposing", 1, 4))
        shown.wait_for("(proposal 1 of 4) · 1 s")
    with progress(Kernel()):
        shown.wait_for("… working · 0 s")
    assert [text.split(" · ")[0] for text in shown.outputs] == ["✓ t: verified", "✓ done"]


def test_what_a_model_writes_when_streamed_is_shown_as_text(monkeypatch):
    """The last lines, cut and escaped, while it writes; nothing of them stays."""
    shown = Display(monkeypatch)
    evil = "<script>window.ran=1</script>\x1b[31m " + "x" * 10_000
    with progress(Kernel()) as tell:
        tell(MakingStep("t", "proposing", 1, 1))
        tell(Writing("maker", f"first\nsecond\n{evil}\n", 10_060))
        shown.wait_for("<script>")
        view = next(view for view in shown.seen if "<script>" in view.text)
        assert "&lt;script&gt;" in view.html
        assert "second" in view.text
        assert "\x1b" not in view.text
        assert "first" not in view.text
        assert max(map(len, view.text.splitlines())) <= 100
        assert "10,060 characters" in view.text
        tell(MakingStep("t", "made", 1, 1, "6 of 6 right"))
    (output,) = shown.outputs
    assert "script" not in output


def test_a_batch_when_it_goes_on_says_how_much_time_is_left(monkeypatch):
    """A bar, and a time by how fast it went lately; each note takes the place of the line above it."""
    shown = Display(monkeypatch)
    monkeypatch.setattr("latm_magic.jupyter.progress._QUICK_S", 0.0)
    with progress(Kernel()) as tell:
        tell(Progress(0, 100, ()))
        tell(Progress(50, 100, (("user", 50),)))
        shown.wait_for("50 of 100 done: 50 by user model · ━━━━━━────── · about 1 s left")
        tell(Note("Something to know."))
        tell(Progress(60, 100, (("user", 60),)))
        tell(Note("Something else."))
    assert shown.outputs[:2] == ["Something to know.", "Something else."]
    assert shown.outputs[2].startswith("✓ 60 of 100 done")
    assert len(shown.outputs) == 3


def test_time_left_when_it_goes_slower_than_before_is_by_what_went_lately():
    """A million rows by parsers do not make those of models quick; nothing is said that is not known."""
    left = TimeLeft()
    assert left.words(0.0, 10) == ""
    left.add(0.0, 900)
    assert left.words(5.0, 1000) == ""
    for second in range(1, 61):
        left.add(float(second), 900 + second)
    assert left.words(60.0, 1000) == "about 40 s left"
    assert left.words(60.0, 960) == ""
    assert [left.words(60.0, total) for total in (965, 1500, 100_000)] == [
        "about 5 s left",
        "about 9 min left",
        "about 28 h left",
    ]


def test_progress_in_a_terminal_is_one_line_that_is_rewritten(monkeypatch, capsys):
    """It never wraps, leaves nothing of a longer one, and notes stay above it."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "60")
    with progress(object()) as tell:
        tell(MakingStep("t", "proposing", 1, 4))
        tell(Note("Something to know."))
        tell(MakingStep("t", "made", 1, 4, "6 of 6 right"))
    lines = capsys.readouterr().out.split("\n")
    assert [line.split("\r")[-1].rstrip().split(" · ")[0] for line in lines] == [
        "Something to know.",
        "✓ t: made, 6 of 6 right",
        "",
    ]
    assert len(lines[0].split("\r")[-1]) == len("… t: the maker is writing (proposal 1 of 4) · 0 s")


def test_work_when_interrupted_leaves_one_line(monkeypatch):
    """Neither the clock nor what was written stays behind."""
    shown = Display(monkeypatch)

    def work():
        with progress(Kernel()) as tell:
            tell(MakingStep("t", "proposing", 1, 4))
            tell(Writing("maker", "def t():\n", 9))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    (output,) = shown.outputs
    assert output.startswith("○ t: the maker is writing (proposal 1 of 4), interrupted · 0.")
    assert not [thread for thread in threading.enumerate() if thread.name == "latm-clock"]


def test_making_when_in_a_notebook_updates_one_display(monkeypatch):
    """One display is updated in place, and ends with the final state; a note takes its place, and stays above it."""
    shown = Display(monkeypatch)
    with progress(Kernel()) as tell:
        tell(MakingStep("t", "proposing", 1, 4))
        tell(ModelAsked("maker", "m", 100, 20, None, 1.0))
        tell(MakingStep("t", "verifying", 1, 4))
        tell(Note("Something to know.", "warning"))
        tell(MakingStep("t", "made", 1, 4, "6 of 6 right"))
    note, final = shown.outputs
    assert note == "Something to know."
    assert final.startswith("✓ t: made, 6 of 6 right · 1 model call · 120 tokens · price unknown")
