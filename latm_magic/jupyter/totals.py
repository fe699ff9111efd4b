"""What solves in a cell came to, in a line each, at its end: for those whose answers the cell did not show itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import display

from latm_magic.events import Disputed, Solved

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from latm_magic.answer import Answers
    from latm_magic.events import Event, OnEvent

_MOST_LINES = 5


class Totals:
    """The solves of a cell whose totals nobody has seen yet."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._unseen: list[Answers] = []
        self._disputed: list[Disputed] = []
        self._remarks: list[str] = []

    def before(self, tell: OnEvent) -> OnEvent:
        """Return what keeps the end of a solve for later, and tells the rest."""

        def take(event: Event) -> None:
            if isinstance(event, Solved):
                self._unseen.append(event.answers)
            elif isinstance(event, Disputed):
                self._disputed.append(event)
            else:
                tell(event)

        return take

    def hear(self, event: Event) -> None:
        """Take an event of a solve that no magic began, of `tool.map` for example; a single answer is seen anyway."""
        if isinstance(event, Disputed) or (isinstance(event, Solved) and len(event.answers) > 1):
            self.before(lambda _: None)(event)

    def remark(self, text: str) -> None:
        """Show a line at the end of the cell, if there is one to show."""
        if text:
            self._remarks.append(text)

    def seen(self, record: Any) -> None:
        """Leave out answers that were shown, with their totals."""
        from latm_magic.answer import Answers

        if isinstance(record, Answers):
            self._unseen = [answers for answers in self._unseen if answers.ways is not record.ways]

    def show(self) -> None:
        """Show what is left at the end of a cell; nothing where the cell ends in `;`, which asks for silence."""
        unseen, self._unseen = self._unseen, []
        disputed, self._disputed = self._disputed, []
        remarks, self._remarks = self._remarks, []
        hook: Any = self._shell.displayhook
        if not (disputed or unseen or remarks):
            return
        from latm_magic.jupyter.display.answers import disputes_view, totals_view
        from latm_magic.jupyter.display.page import Line, page

        if disputed:
            display(disputes_view(disputed))
        if unseen and not hook.quiet():
            display(totals_view(unseen[:_MOST_LINES], len(unseen)))
        for remark in remarks:
            display(page(Line(remark, "care")))
