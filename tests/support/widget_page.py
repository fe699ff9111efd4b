"""A kernel's widgets as a notebook's page knows them, worked by the messages that a page sends."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager

from jupyter_client.manager import start_new_kernel

__all__ = ["Page", "kernel"]


class Page:
    """What a page knows of a kernel: the widgets that it was told of, and what cells show."""

    def __init__(self, client):
        self._client, self.widgets, self.shown, self._root = client, {}, [], None

    def run(self, cell, *, by_hand=True):
        """Run a cell, as somebody who can be asked or as a program; return what it shows."""
        self.shown = []
        self._client.execute_interactive(cell, allow_stdin=by_hand, output_hook=self._note, timeout=60)
        return self.shown

    def _note(self, message):
        kind, content = message["msg_type"], message["content"]
        if kind == "comm_open":
            self.widgets[content["comm_id"]] = content["data"]["state"]
        elif kind == "comm_msg" and content["data"]["method"] == "update":
            self.widgets[content["comm_id"]].update(content["data"]["state"])
        elif kind in {"display_data", "execute_result", "update_display_data", "error"}:
            self.shown.append(content)
            view = content.get("data", {}).get("application/vnd.jupyter.widget-view+json")
            self._root = view["model_id"] if view else self._root

    def send(self, widget, data):
        """Send a page's message to a widget, and wait until the kernel is done with it."""
        session = self._client.session
        message = session.msg("comm_msg", {"comm_id": widget, "data": data})
        self._client.shell_channel.send(message)
        while True:
            got = self._client.get_iopub_msg(timeout=60)
            if got["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                self._note(got)
                if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                    return

    def named(self, model):
        """Return the widgets of a kind that are in the form, in its order."""
        return [place for place in self.form() if self.widgets[place]["_model_name"] == model]

    def form(self, place=None):
        """Return all widgets below the form that was shown last, or below a widget."""
        place = self._root if place is None else place
        below = [child.removeprefix("IPY_MODEL_") for child in self.widgets[place].get("children", [])]
        return [place, *(each for child in below for each in self.form(child))]

    def fill(self, row, choice=None, text=None):
        """Choose in a row, or write into it."""
        if text is not None:
            self.send(self.named("TextModel")[row], {"method": "update", "state": {"value": text}})
        if choice is not None:
            place = self.named("ToggleButtonsModel")[row]
            index = self.widgets[place]["_options_labels"].index(choice)
            self.send(place, {"method": "update", "state": {"index": index}})

    def save(self):
        """Press the first button."""
        self._click(self.named("ButtonModel")[0])

    def press(self, words):
        """Press the button with these words; of several the first."""
        self._click(next(place for place in self.named("ButtonModel") if self.widgets[place]["description"] == words))

    def _click(self, place):
        self.send(place, {"method": "custom", "content": {"event": "click"}})

    def buttons(self):
        """Return the words of all buttons, in the form's order."""
        return [self.widgets[place]["description"] for place in self.named("ButtonModel")]

    def text(self):
        """Return all that the form says, as HTML."""
        return "\n".join(self.widgets[place].get("value", "") for place in self.named("HTMLModel"))


@contextmanager
def kernel(project):
    """Start a kernel in a project."""
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(project), stderr=subprocess.DEVNULL)
    try:
        yield Page(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
