"""What every magic works with: the shell it was typed into, its session and its variables.

The session is made when it is first asked for, so that loading stays light; its settings are there before. Tools become
variables under their names; nothing of yours is hidden by them. Which names a tool may have is decided in `task.py`.
"""

from __future__ import annotations

import builtins
import keyword
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError, MagicError, NameTaken, SettingsError, TaskError, did_you_mean
from latm_magic.jupyter.totals import Totals
from latm_magic.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from latm_magic.project import Project
    from latm_magic.session.session import Session
    from latm_magic.settings import Latm
    from latm_magic.tools.function import Tool
    from latm_magic.workflows.flow import Flow


class Notebook:
    """One notebook, as the magics see it."""

    def __init__(self, shell: InteractiveShell, project: Project, settings: Latm, **options: Any) -> None:
        """Keep what the session will be made of; `options` are `Session`'s."""
        self.shell = shell
        self.project = project
        self.settings = settings
        self.variables = Variables(shell)
        self.totals = Totals(shell)
        self._options = {"on_event": self.totals.hear, **options}
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The notebook's own session; raises `SettingsError` while a setting is not what you wanted it to be."""
        for name in sorted(self.settings.refused):
            now = f"%config Latm.{name} = {getattr(self.settings, name)!r}"
            raise SettingsError(f"{name} cannot be what %config was told: set it again, or leave it with {now}.")
        if self._session is None:
            from latm_magic.session.session import Session

            self._session = Session(self.project.folder, base=self.settings, **self._options)
        return self._session

    def close(self) -> None:
        """Close the session, if there is one."""
        if self._session is not None:
            self._session.close()


class Variables:
    """The variables of a notebook."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._local: Mapping[str, Any] | None = None

    @contextmanager
    def seeing(self, local: Mapping[str, Any] | None) -> Iterator[None]:
        """Have `evaluate` know the variables of the function that a magic stands in."""
        before, self._local = self._local, local
        try:
            yield
        finally:
            self._local = before

    def check_free(self, *names: str, replace: bool = False, way_on: str = "choose another name") -> None:
        """Raise `NameTaken` for names that would hide a builtin or a variable of yours that is not a tool."""
        taken = {} if replace else self.taken(names)
        if taken:
            listed = ", ".join(f"{name!r} is {what}" for name, what in taken.items())
            raise NameTaken(f"{listed}: {way_on}, or hide it with --replace.", names=tuple(taken))

    def taken(self, names: Iterable[str]) -> dict[str, str]:
        """Return those names that are a builtin or a variable of yours, with what each is."""
        return {name: what for name in names if (what := self._what_is(name))}

    def _what_is(self, name: str) -> str:
        if name in self._shell.user_ns:
            value = self._shell.user_ns[name]
            return "" if _is_tool(value) else f"a variable of yours ({type(value).__name__})"
        return "a Python builtin" if hasattr(builtins, name) else ""

    def put(self, *tools: Tool | Flow) -> None:
        """Make tools and flows functions of the notebook."""
        self._shell.push({tool.name: tool for tool in tools})

    def renew(self, tool: Tool | Flow) -> None:
        """Replace a tool that is a variable by another version of it; a variable that is not a tool stays."""
        if _is_tool(self._shell.user_ns.get(tool.name)):
            self.put(tool)

    def remove(self, name: str) -> None:
        """Remove the variable of a tool; a variable that is not a tool stays."""
        if _is_tool(self._shell.user_ns.get(name)):
            del self._shell.user_ns[name]

    def assign(self, name: str, value: Any) -> None:
        """Put a value into a variable."""
        self._shell.push({name: value})

    def examples(self, words: str, local: Mapping[str, Any] | None = None) -> Any:
        """Return what an option `--examples` names: a file by its ending, else the value of an expression.

        Raises `TaskError` where that does not evaluate.
        """
        from latm_magic.example_files import ENDINGS

        return words if words.lower().endswith(ENDINGS) else self.evaluate(words, local)

    def evaluate(self, expression: str, local: Mapping[str, Any] | None = None) -> Any:
        """Return the value of an expression in the notebook, or in a function with the variables `local` (`seeing`).

        Raises `TaskError`, in one line, where it does not evaluate.
        """
        known, local = self._shell.user_ns, self._local if local is None else local
        variables = known if local is None or local is known else {**known, **local}
        try:
            return eval(_compiled(expression), variables)  # noqa: S307  you typed it, in your own notebook
        except LatmError:
            raise
        except Exception as fault:  # whatever your expression raises
            yours = [name for name in variables if name not in self._shell.user_ns_hidden]
            hint = did_you_mean(fault.name or "", yours) if isinstance(fault, NameError) else ""
            hint = hint or (_in_quotes(expression) if isinstance(fault, NameError) else "")
            reason = f"{type(fault).__name__}: {fault}".rstrip(".")
            raise TaskError(f"{_short(expression)} does not evaluate ({reason}).{hint}") from fault


def variable_name(name: str) -> str:
    """Return `name` if a variable can have it; raises `MagicError`."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise MagicError(f"{name!r} is not a name for a variable: use letters, digits and _.")
    return name


def _is_tool(value: Any) -> bool:
    from latm_magic.tools.function import Tool
    from latm_magic.workflows.flow import Flow

    return isinstance(value, (Tool, Flow))


def _compiled(expression: str) -> Any:
    try:
        return compile(expression.strip(), "<expression>", "eval")
    except (SyntaxError, ValueError) as fault:
        reason = fault.msg if isinstance(fault, SyntaxError) else str(fault)
        raise TaskError(
            f"{_short(expression)} is not a Python expression ({reason}).{_in_quotes(expression)}"
        ) from None


def _in_quotes(expression: str) -> str:
    """Return how an expression is typed as text, where it reads like plain words."""
    words = " ".join(expression.split())
    return "" if re.search(r"[\"\\=(\[{]", words) else f' Is it text? Put it in quotes: "{words[:80]}".'


def _short(expression: str) -> str:
    return quoted(" ".join(expression.split()), 80)
