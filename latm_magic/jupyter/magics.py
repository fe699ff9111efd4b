"""The magics: each reads its line, makes one call on the session and returns what came of it.

What a magic returns is shown by `display/`; `%latm SUBCOMMAND` is in `subcommands/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import (
    Magics,
    cell_magic,
    line_cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.errors import MagicError
from latm_magic.jupyter.cell import read_rows, read_task
from latm_magic.jupyter.line import expression, one_expression, read_line, text
from latm_magic.jupyter.notebook import variable_name
from latm_magic.jupyter.options import ASK, EXAMPLES, MIN_ACCURACY, NA, NAME, NO_MODEL, REPLACE
from latm_magic.jupyter.progress import progress

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from latm_magic.answer import Answers
    from latm_magic.jupyter.display import View
    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.session.session import Session
    from latm_magic.solving.tool_loop.asked import Asked
    from latm_magic.tools.function import Tool
    from latm_magic.workflows.flow import Flow

_named_line: Any = line_magic  # IPython types these two for use without a name only
_named_cell: Any = cell_magic


@magics_class
class LatmMagics(Magics):
    """Make, keep and use verified tools."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(notebook.shell)
        self.notebook = notebook
        self.variables = notebook.variables

    @property
    def session(self) -> Session:
        """The notebook's session."""
        return self.notebook.session

    @no_var_expand
    @needs_local_scope
    @_named_line("latm")
    def latm_line(self, line: str, local_ns: Mapping[str, Any] | None = None) -> Any:
        """Look after the tools of this project: %latm use, tools, show, versions, grow, correct, pending, status, ...

        `%latm help` lists the subcommands and the Python call that does the same as each.
        """
        from latm_magic.jupyter.subcommands.registry import run

        with self.variables.seeing(local_ns):
            return run(self.notebook, line)

    @magic_arguments("%latm")
    @NAME
    @EXAMPLES
    @NA
    @MIN_ACCURACY
    @argument("--show-held-out", action="store_true", default=None, help="Let the maker see held-out failures.")
    @argument("--on", metavar="EXPR", help="The column that the tool is for; the maker sees some of it, unanswered.")
    @argument("--rounds", type=int, metavar="N", help="Coverage rounds with --on; left out: as many as pay.")
    @REPLACE
    @argument("--by-hand", action="store_true", help="Show the request, to be carried to any chat; ask no model.")
    @argument("--pending", type=int, metavar="GROUP", help="Make it of pending questions; the cell gives the answers.")
    @argument("--direct", action="store_true", help="With --pending: the strong model answers what the cell does not.")
    @no_var_expand
    @needs_local_scope
    @_named_cell("latm")
    def latm_cell(self, line: str, cell: str, local_ns: Mapping[str, Any] | None = None) -> Tool | View:
        """Have the maker model write a tool from a description and solved examples; verified, cached, a function here.

            %%latm sort_words
            Sort the words alphabetically.
            ---
            List: pear apple
            => apple pear
            ---
            ...

        In Python: tool = session.make(name, description, examples).
        """
        options = self._options(self.latm_cell, line, local_ns)
        self.variables.check_free(options.name, replace=options.replace)
        if options.pending is not None or options.direct:
            return self._make_from_pending(options, cell)
        task = (options.name, *read_task(self.variables, cell, options.examples, options.na, local_ns))
        chosen = {"replace": options.replace, "na": options.na, "questions": self._column(options.on, local_ns)}
        if options.by_hand:
            return self._request(options.name, task, chosen)
        chosen |= {key: getattr(options, key) for key in ("min_accuracy", "show_held_out")}
        chosen["coverage_rounds"] = options.rounds
        with progress(self.notebook.shell) as on_event:
            tool = self.session.make(*task, **chosen, on_event=on_event)
        self.variables.put(tool)
        return tool

    @magic_arguments("%latm_tool")
    @NAME
    @EXAMPLES
    @NA
    @argument("--description", type=text, default="", metavar="TEXT", help="What the tool does, in quotes.")
    @MIN_ACCURACY
    @REPLACE
    @no_var_expand
    @needs_local_scope
    @_named_cell("latm_tool")
    def latm_tool(self, line: str, cell: str, local_ns: Mapping[str, Any] | None = None) -> Tool:
        """Take the module in this cell as a tool: verified, cached, a function here. No maker model is asked.

        The module has a function of the tool's name and, where possible, parse(question) and
        format_answer(result, question).
        Without --examples those of `%%latm NAME --by-hand`, else those of the cached tool, are used.

        In Python: tool = session.add(name, source, examples).
        """
        options = self._options(self.latm_tool, line, local_ns)
        self.variables.check_free(options.name, replace=options.replace)
        examples = None if options.examples is None else self.variables.examples(options.examples, local_ns)
        chosen = {key: getattr(options, key) for key in ("description", "replace", "min_accuracy", "na")}
        with progress(self.notebook.shell) as on_event:
            tool = self.session.add(options.name, cell, examples, **chosen, on_event=on_event)
        self.variables.put(tool)
        return tool

    @magic_arguments("%latm_check")
    @argument("name", metavar="NAME", help="The tool whose answers these are.")
    @argument("--random", action="store_true", help="The rows were chosen at random (%%latm check --target).")
    @no_var_expand
    @needs_local_scope
    @_named_cell("latm_check")
    def latm_check(self, line: str, cell: str, local_ns: Mapping[str, Any] | None = None) -> View:
        """Say which answers of a tool are right: the cell holds questions and right answers, as %latm check puts it.

        Right ones widen what is tested; wrong ones are learned with %latm grow.

        In Python: session.checked(name, {question: answer}).
        """
        from latm_magic.cell_text import read_labels
        from latm_magic.jupyter.display.checking import checked_view

        options = self._options(self.latm_check, line, local_ns)
        return checked_view(
            options.name, self.session.checked(options.name, read_labels(cell), is_random=options.random)
        )

    @magic_arguments("%latm_flow")
    @NAME
    @argument("--traces", metavar="NAME", help="What the traces are recorded under (default: the flow's name).")
    @argument("--tools", type=expression, metavar="EXPR", help="Functions of yours that the traces call.")
    @argument("--reads", default="", metavar="NAME", help="A tool whose parser reads questions for it.")
    @argument("--unsure", choices=["ask", "refuse"], default="ask", help="The loop goes on, or there is no answer.")
    @REPLACE
    @no_var_expand
    @needs_local_scope
    @_named_cell("latm_flow")
    def latm_flow(self, line: str, cell: str, local_ns: Mapping[str, Any] | None = None) -> Flow:
        """Learn a flow from recorded traces: the cell says what it does, then examples: amount=5 => 3.2, or questions.

        In Python: flow = session.make_flow(name).
        """
        options = self._options(self.latm_flow, line, local_ns)
        self.variables.check_free(options.name, replace=options.replace)
        from latm_magic.cell_text import read_pairs
        from latm_magic.workflows.example_text import sorted_out

        description, pairs = read_pairs(cell)
        chosen = {"traces": options.traces, "unsure": options.unsure, "reads": options.reads, **sorted_out(pairs)}
        chosen["tools"] = self._column(options.tools, local_ns) or ()
        flow = self.session.make_flow(options.name, description=description, **chosen)
        self.variables.put(flow)
        return flow

    @magic_arguments("latm_solve")
    @argument("--tool", metavar="NAME", help="Use this tool alone.")
    @argument("--lines", action="store_true", help="Each line of the cell is one question.")
    @argument("--direct", action="store_true", help="The strong model answers what no tool does; nothing checks it.")
    @ASK
    @NO_MODEL
    @argument("--retry", action="store_true", help="Ask again about what models left unanswered before.")
    @argument("--explain", action="store_true", help="Show why each answer came the way it did.")
    @argument("-o", "--output", type=variable_name, metavar="NAME", help="Put the answers into this variable as well.")
    @argument(
        "expression",
        nargs="...",
        type=expression,
        metavar="EXPR",
        help="In a line: the question or the column of questions. Options come first or last.",
    )
    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    def latm_solve(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> Answers:
        """Answer questions with the cached tools: the cheapest way that works, a model only where no parser accepts.

            df["answer"] = %latm_solve df["question"]

            %%latm_solve
            one question
            ---
            another

        In Python: answers = session.solve(questions).
        """
        options = self._options(self.latm_solve, line, local_ns)
        questions = read_rows(self.variables, one_expression(options.expression), cell, options.lines, local_ns)
        with progress(self.notebook.shell) as on_event:
            chosen = {"tool": options.tool, "direct": options.direct, "retry": options.retry, "ask": options.ask}
            answers = self.session.solve(questions, **chosen, on_event=self.notebook.totals.before(on_event))
        if cell and answers.unanswered:
            self._remark_lines(cell, len(answers))
        answers = answers.explained() if options.explain else answers
        if options.output:
            self.variables.assign(options.output, answers)
        return answers

    @magic_arguments("%latm_ask")
    @argument("--tools", type=expression, metavar="EXPR", help="A list of tools, names and functions of yours.")
    @argument("--schema", type=expression, metavar="EXPR", help="What the answer has to fit: a model, type or schema.")
    @argument("--inputs", type=expression, metavar="EXPR", help="A dict that fills {name} in the cell.")
    @argument("--record", metavar="NAME", help="Keep the run under this name (%%latm traces NAME).")
    @argument("--rounds", type=int, default=20, metavar="N", help="How often the model may call (default: 20).")
    @argument("--budget", dest="budget_usd", type=float, metavar="USD", help="US dollars that the run may cost.")
    @argument("--model", metavar="MODEL", help="Another model than the maker.")
    @argument("-o", "--output", type=variable_name, metavar="NAME", help="Put the result into this variable as well.")
    @no_var_expand
    @needs_local_scope
    @_named_cell("latm_ask")
    def latm_ask(self, line: str, cell: str, local_ns: Mapping[str, Any] | None = None) -> Asked:
        """Have the maker model answer the cell by calling tools as it sees fit, in the sandbox; each step is shown.

        In Python: asked = session.ask(prompt, tools, schema).
        """
        options = self._options(self.latm_ask, line, local_ns)
        given = {key: self._column(getattr(options, key), local_ns) for key in ("tools", "schema", "inputs")}
        given |= {key: getattr(options, key) for key in ("record", "rounds", "budget_usd", "model")}
        with progress(self.notebook.shell) as on_event:
            asked = self.session.ask(cell.strip(), **given, on_event=on_event)
        if options.output:
            self.variables.assign(options.output, asked)
        return asked

    def _options(self, magic: Any, line: str, local: Mapping[str, Any] | None) -> Namespace:
        return read_line(magic, line, lambda name: self.variables.evaluate(name, local))

    def _remark_lines(self, cell: str, count: int) -> None:
        from latm_magic.cell_text import lines_hint

        self.notebook.totals.remark(lines_hint(cell, count))

    def _request(self, name: str, task: tuple[Any, ...], chosen: dict[str, Any]) -> View:
        from latm_magic.jupyter.display.tools import request_view

        return request_view(name, self.session.by_hand(*task, **chosen))

    def _make_from_pending(self, options: Namespace, cell: str) -> Tool:
        if options.pending is None:
            raise MagicError("--direct goes with --pending GROUP here; %latm_solve --direct answers questions.")
        if options.examples is not None or options.by_hand:
            raise MagicError("--pending brings its own questions: leave --examples and --by-hand out.")
        from latm_magic.cell_text import read_cell

        task = (options.name, options.pending, *read_cell(cell, options.na))
        chosen = {key: getattr(options, key) for key in ("direct", "replace", "min_accuracy", "show_held_out")}
        with progress(self.notebook.shell) as on_event:
            tool = self.session.make_from_pending(*task, **chosen, on_event=on_event)
        self.variables.put(tool)
        return tool

    def _column(self, expression: str | None, local: Mapping[str, Any] | None) -> Any:
        return None if expression is None else self.variables.evaluate(expression, local)
