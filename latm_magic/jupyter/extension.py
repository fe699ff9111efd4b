"""Loading into a shell and out of it again, and the way to the notebook's own session.

The session lives in the registered magics, so that two shells in one process never share one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython

from latm_magic import accessor
from latm_magic.cache.database import tool_count
from latm_magic.errors import LatmError
from latm_magic.jupyter import completion, display, each_line, interrupts
from latm_magic.jupyter.display.plain import count
from latm_magic.jupyter.line import ask_for_help
from latm_magic.jupyter.magics import LatmMagics
from latm_magic.jupyter.notebook import Notebook
from latm_magic.project import find_project
from latm_magic.sources import load_settings
from latm_magic.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from latm_magic.session.session import Session
    from latm_magic.tools.tracing import Recording


def load(shell: InteractiveShell, **options: Any) -> Notebook:
    """Register the magics and the settings `Latm` in the shell, with a session of these options; names no variable.

    Raises `SettingsError` for a setting that cannot be taken; the shell is then as it was.
    """
    project = find_project()
    settings = load_settings(project, parent=shell)
    unload(shell)
    notebook = Notebook(shell, project, settings, **options)
    configurables: list[Any] = shell.configurables
    configurables.append(settings)
    shell.register_magics(LatmMagics(notebook))
    completion.register(notebook)
    display.register(shell, notebook.totals.seen)
    shell.events.register("post_execute", notebook.totals.show)
    shell.input_transformers_cleanup.append(ask_for_help)
    each_line.register(shell)
    interrupts.register(shell)
    accessor.register(current)
    _greet(notebook)
    return notebook


def unload(shell: InteractiveShell) -> None:
    """Take everything out of the shell again and close the session; tools stay variables and keep working."""
    magics = shell.magics_manager.registry.pop(LatmMagics.__name__, None)
    if magics is None:
        return
    for kind, table in magics.magics.items():
        for name in table:
            shell.magics_manager.magics[kind].pop(name, None)
    ours = (magics, magics.notebook.settings)
    shell.configurables[:] = [known for known in shell.configurables if not any(known is one for one in ours)]
    completion.unregister(shell)
    display.unregister(shell, magics.notebook.totals.seen)
    shell.events.unregister("post_execute", magics.notebook.totals.show)
    interrupts.unregister(shell)
    kept = [known for known in shell.input_transformers_cleanup if known is not ask_for_help]
    shell.input_transformers_cleanup[:] = kept
    each_line.unregister(shell)
    magics.notebook.close()


def current() -> Session:
    """Return the notebook's own session; raises `LatmError` outside of a notebook and before %load_ext."""
    shell = get_ipython()
    if shell is None:
        raise LatmError("There is no notebook here: make a session of your own with latm_magic.Session().")
    magics = shell.magics_manager.registry.get(LatmMagics.__name__)
    if magics is None:
        raise LatmError("latm_magic is not loaded in this notebook: run %load_ext latm_magic first.")
    notebook: Notebook = magics.notebook
    return notebook.session


def trace(name: str, inputs: Mapping[str, Any] | None = None) -> Recording:
    """Record the calls of tools in a `with` block, in the notebook's session; see `Session.trace`."""
    return current().trace(name, inputs)


def _greet(notebook: Notebook) -> None:
    """Print how many tools there are; a cache that cannot be read is reported here, and fails only what needs it."""
    try:
        number = tool_count(notebook.settings.cache_folder(notebook.project))
    except LatmError as fault:
        print(visible(f"{type(fault).__name__}: {fault}"))  # noqa: T201  this is the display
        return
    if number:
        print(f"{count(number, 'tool')}: `%latm use *`")  # noqa: T201  this is the display
