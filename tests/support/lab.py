"""A real JupyterLab on 127.0.0.1 and a headless Chromium to look at it: for tests/browser and docs/images.

Nothing of whoever runs it gets in, and nothing goes out: settings, kernels, history and tools are in a folder of its own,
there is no key, and neither the server nor the page asks for news or updates.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import nbformat
from opened import Opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page, Route

__all__ = ["Lab", "browser", "jupyterlab", "missing"]

_START_S = 60
_TIMEOUT_MS = 60_000
_QUIET_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "apputils-extension/themes": {"theme": "JupyterLab Light"},
    "completer-extension/manager": {"providerTimeout": _TIMEOUT_MS},
    "codemirror-extension/plugin": {"defaultConfig": {"cursorBlinkRate": 0}},
    "docmanager-extension/plugin": {"autosave": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
_OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=0",
    "--ServerApp.terminals_enabled=False",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)


def missing() -> str:
    """Return what is not installed; "" where everything is."""
    wanted = [name for name in ("jupyterlab", "playwright") if find_spec(name) is None]
    if _chromium() is None:
        wanted.append("chromium")
    return f"{', '.join(wanted)} not installed: see `make test-browser` in the Makefile" if wanted else ""


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def browser(**options: Any) -> Iterator[BrowserContext]:
    """Start the Chromium of this machine, headless, with a profile that is thrown away; its pages share a cache."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=_TIMEOUT_MS)
    with TemporaryDirectory() as profile, sync_playwright() as playwright:
        started = playwright.chromium.launch_persistent_context(
            profile, executable_path=_chromium(), headless=True, args=list(_QUIET_FLAGS), **options
        )
        started.set_default_timeout(_TIMEOUT_MS)
        try:
            yield started
        finally:
            started.close()


@contextmanager
def jupyterlab(folder: Path) -> Iterator[Lab]:
    """Start JupyterLab with everything it writes below `folder`, on the Python that runs this."""
    root = folder / "notebooks"
    root.mkdir(parents=True)
    command = [sys.executable, "-m", "jupyterlab", *_OPTIONS, f"--ServerApp.root_dir={root}"]
    server = subprocess.Popen(
        command, cwd=root, env=_environment(folder), text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    log = _Log(server)
    try:
        lab = Lab(log.address(_START_S), root, folder / "settings")
        for name, values in _SETTINGS.items():
            lab.set(name, values)
        yield lab
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        log.close()


def _environment(folder: Path) -> dict[str, str]:
    yours = ("LATM_", "OPENAI_", "JUPYTER", "IPYTHON", "PYTEST_", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(yours)}
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "LATM_HOME": "home",
    }
    return kept | {name: str(folder / place) for name, place in own.items()}


class _Log:
    """What the server says, read as it comes so that it never waits for a reader."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server
        self._lines: list[str] = []
        self._known = threading.Event()
        self._address = ""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._server.stderr is not None
        for line in self._server.stderr:
            self._lines.append(line)
            if not self._address and "http://127.0.0.1:" in line and "token=" in line:
                self._address = line[line.index("http://127.0.0.1:") :].strip()
                self._known.set()
        self._known.set()

    def address(self, timeout_s: float) -> str:
        """Wait for the line that tells where the server is."""
        self._known.wait(timeout_s)
        if not self._address:
            raise RuntimeError("JupyterLab did not start:\n" + "".join(self._lines))
        return self._address

    def close(self) -> None:
        """Wait for the end of what it says."""
        self._thread.join()
        self._server.stderr.close()


@dataclass(frozen=True)
class Lab:
    """A running server."""

    address: str
    """With its token."""
    root: Path
    """Of the notebooks."""
    settings: Path

    def set(self, name: str, values: dict[str, Any]) -> None:
        """Set what a page that is opened from now on reads; `name` is "apputils-extension/themes"."""
        extension, plugin = name.split("/")
        path = self.settings / "@jupyterlab" / extension / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def project(self, name: str) -> Path:
        """Make the folder of a project of its own."""
        folder = self.root / name
        folder.mkdir()
        (folder / "pyproject.toml").touch()
        return folder

    def write(self, name: str, *cells: str, goes_on: bool = False) -> str:
        """Write a notebook of code cells into a project of its own; returns its path.

        With `goes_on`, cells behind one that fails are run too.
        """
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        for cell in made.cells if goes_on else ():
            cell.metadata["tags"] = ["raises-exception"]
        made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(made, self.project(name) / f"{name}.ipynb")
        return f"{name}/{name}.ipynb"

    def at(self, path: str) -> str:
        """Return the address of a page or a resource of the server."""
        base, _, rest = self.address.partition("/lab?")
        return f"{base}/{path}{'&' if '?' in path else '?'}{rest}"

    def kernels(self) -> list[str]:
        """Return the kernels that run."""
        with urllib.request.urlopen(self.at("api/kernels"), timeout=10) as reply:
            return [kernel["id"] for kernel in json.load(reply)]

    def stop_kernels(self) -> None:
        """Shut down every kernel."""
        for kernel in self.kernels():
            request = urllib.request.Request(self.at(f"api/kernels/{kernel}"), method="DELETE")
            urllib.request.urlopen(request, timeout=20).close()

    def open(self, page: Page, path: str) -> Opened:
        """Open a notebook alone, as in a tab of its own, and wait for its kernel."""
        with page.expect_websocket(lambda socket: "/channels" in socket.url):
            self.show(page, path)
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()
        return Opened(page)

    def show(self, page: Page, path: str, *, kernel: bool = True) -> Opened:
        """Open a notebook and wait for its cells; without a kernel, nothing but what the file holds is there."""
        if not kernel:
            page.route("**/api/sessions*", lambda route: route.abort() if _starts(route) else route.continue_())
        page.goto(self.at(f"doc/tree/{path}?reset"))
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
        if not kernel:
            page.locator(".jp-Dialog", has_text="Error Starting Kernel").get_by_role("button", name="Ok").click()
            page.locator(".jp-Dialog", has_text="Select Kernel").get_by_role("button", name="No Kernel").click()
        return Opened(page)


def _starts(route: Route) -> bool:
    return route.request.method == "POST"
