"""The stop button in a real kernel, and Ctrl-C in a shell: one line, wherever it was."""

import threading
import time

import pytest
from cells import MODULE, cell_of, examples
from jupyter_client.manager import start_new_kernel
from loopback import CANARY, LoopbackEndpoint, streamed


class Slow(LoopbackEndpoint):
    """An endpoint that streams the beginning of a module, and says when it did."""

    def __init__(self):
        pieces = [{"content": f"```python\n{MODULE[:40]}\n"}, *({"content": f"# line {n}\n"} for n in range(10_000))]
        super().__init__(streamed(*pieces))
        self.turns = [type(self.turns[0])(chunks=self.turns[0].chunks, drip_s=0.02)]


@pytest.fixture
def kernel(project):
    """Return a kernel in the project, and a client for it."""
    manager, client = start_new_kernel(cwd=str(project))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, cell, on_output=lambda _message: None):
    """Run a cell; return the messages that it gave."""
    asked, messages = client.execute(cell), []
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != asked:
            assert message["msg_type"] not in ("display_data", "update_display_data"), "for another cell"
            continue
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return messages
        messages.append(message)
        on_output(message)


def words(message):
    """Return what a display message shows."""
    return message["content"].get("data", {}).get("text/plain", "")


def test_the_stop_button_while_a_reply_streams_ends_in_one_line(kernel):
    """The line ticks and shows what is written, in the cell's own output; an interrupt leaves a line and an error."""
    manager, client = kernel
    with Slow() as endpoint:
        run(
            client,
            f"%env OPENAI_API_KEY={CANARY}\n%load_ext latm_magic\n%config Latm.base_url = {endpoint.base_url!r}\n"
            "%config Latm.maker_model = 'loopback-1'",
        )
        stopped = threading.Event()

        def stop(message):
            if "# line" in words(message) and not stopped.is_set():
                stopped.set()
                manager.interrupt_kernel()

        started = time.monotonic()
        messages = run(client, f"%%latm sort_words\n{cell_of(examples())}", stop)
    shown = [message for message in messages if message["msg_type"] in ("display_data", "update_display_data")]
    assert [message["msg_type"] for message in shown].count("display_data") == 1
    assert len(shown) <= 12 * (time.monotonic() - started) + 2
    assert words(shown[-1]).startswith(
        "○ sort_words: the maker is writing (proposal 1 of 4), interrupted · 1 model call"
    )
    assert "\n" not in words(shown[-1])
    (error,) = [message["content"] for message in messages if message["msg_type"] == "error"]
    assert error["traceback"] == [
        "KeyboardInterrupt: you stopped it. What was answered or made before is kept: run the cell again to go on."
    ]
    assert [each["content"]["text"] for each in run(client, "print('alive')") if each["msg_type"] == "stream"] == [
        "alive\n"
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "latm.solve(['List: b a'], on_event=stop, tool='sort_words')",
        "%latm verify sort_words",
        "sort_words(words=['b', 'a'])",
    ],
)
def test_an_interrupt_anywhere_in_our_code_is_one_line(sorting, monkeypatch, capsys, cell):
    """A magic, a method of the session, a tool that is called."""

    def stop(*_arguments, **_options):
        raise KeyboardInterrupt

    for name in ("run", "map", "run_formatted", "solve", "solve_many"):
        monkeypatch.setattr(f"latm_magic.sandbox.sandbox.Sandbox.{name}", stop)
    sorting["latm"], sorting["stop"] = sorting.session, stop
    capsys.readouterr()
    outcome = sorting.shell.run_cell(cell)
    assert isinstance(outcome.error_in_exec, KeyboardInterrupt)
    assert capsys.readouterr().out.strip().splitlines()[-1].startswith("KeyboardInterrupt: you stopped it.")


def test_an_interrupt_of_your_own_code_keeps_its_traceback(notebook, capsys):
    """Only what is ours is shortened; a handler of yours is left alone."""
    notebook.shell.run_cell("def mine():\n    raise KeyboardInterrupt\nmine()")
    assert "in mine()" in capsys.readouterr().out
