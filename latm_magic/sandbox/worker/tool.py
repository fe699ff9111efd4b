"""One tool inside a worker: compiled once, run row by row, each row's outcome as text for the host.

It does NOT keep guest code in (the policy and the walls do) and does not talk to the host (`loop` does); whatever
guest code does, a row ends in a text or the process ends.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cached_property
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox.policy.probes import MARKS
from latm_magic.sandbox.wire.columns import PLAIN
from latm_magic.sandbox.wire.decode import check
from latm_magic.sandbox.wire.encode import PLAIN_INT, WireError, encode
from latm_magic.sandbox.worker import outcomes
from latm_magic.sandbox.worker.clock import TimeLimitReached
from latm_magic.sandbox.worker.outcomes import SNIPPET, TOOL, OutputLimit
from latm_magic.sandbox.worker.outgoing import FLUSH_CHARACTERS, FLUSH_S
from latm_magic.sandbox.worker.reserve import reserve
from latm_magic.sandbox.worker.sealed import opened, sealed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

    from latm_magic.sandbox.policy.compile import Compiled
    from latm_magic.sandbox.wire.control import Plan, Setup
    from latm_magic.sandbox.worker.clock import Clock
    from latm_magic.sandbox.worker.language import Language
    from latm_magic.sandbox.worker.outcomes import Failure
    from latm_magic.sandbox.worker.outgoing import Outgoing

_ESCAPE_CHARACTERS = 12
"""Most that a character takes in JSON, by which answers are limited."""
_KEPT_CHARACTERS = 2_000_000
"""Arguments or a result larger than this are not kept: a frame has room for one whole answer beside them."""


RowsRunner = Callable[["Iterable[Any]", "Outgoing"], None]
"""Runs rows, one after the other, and hands what they gave on."""


class _Home:
    """Where the tool lives while rows are run that tell of the same branches."""

    def __init__(self, code: CodeType | None) -> None:
        self.code = code
        self.namespace: dict[str, Any] | None = None


class LoadedTool:
    """The one tool of this worker."""

    def __init__(
        self, source: str, tested: int, kept: bytes | None, language: Language, setup: Setup, clock: Clock
    ) -> None:
        """Take what was `kept` of `source` with the probes of `tested`, or compile it. No guest code is run."""
        self._source = source
        self._language = language
        self._answer_bytes = setup.answer_bytes
        self._output_characters = setup.output_characters
        self._clock = clock
        self._homes: dict[int, _Home] = {}
        """By the branches that need not be told."""
        made_of = source, tested, tuple(setup.extra_modules)
        code = None if kept is None else opened(kept, *made_of)
        self.is_kept = code is not None
        """It is what was kept, and was not compiled."""
        if code is not None:
            self._homes[tested] = _Home(code)
        else:
            code = self._home(tested).code
        self.to_keep = None if self.is_kept or code is None else sealed(code, *made_of)
        """The code for the next worker of this source."""
        self._ran: dict[int, None] = {}
        """The branches that the run under way has marked."""
        self._runners: dict[Plan, RowsRunner] = {}
        self._was_bound = False
        self._stage = ""
        self._printed = 0
        self._kept: list[Any] = []
        self._reserve = reserve()

    @cached_property
    def compiled(self) -> Compiled:
        """What the policy makes of the source."""
        return self._language.compile(self._source, TOOL)

    def runner(self, plan: Plan) -> RowsRunner:
        """Return the function that runs rows of `plan`."""
        run = self._runners.get(plan)
        if run is None:
            run = self._runners[plan] = self._new_runner(plan)
        return run

    def _new_runner(self, plan: Plan) -> RowsRunner:  # noqa: PLR0915 - one loop, and what it needs at hand
        bound: Callable[[Any], Any] | None = None
        bound_in: object = None
        home, ran = self._home(plan.tested), self._ran
        clock, timeout_s, limit, says_more = self._clock, plan.timeout_s, self._answer_bytes, plan.keeps
        text_limit = limit // _ESCAPE_CHARACTERS

        def run(rows: Iterable[Any], out: Outgoing) -> None:  # noqa: PLR0912, PLR0915 - a call a row would cost 5 %
            nonlocal bound, bound_in
            if bound_in is not home.namespace:
                bound = None
            counter, seconds, values = out.counter, out.seconds, out.values
            count = counter[0]
            began = perf_counter()
            out.flush_at = began + FLUSH_S
            for row in rows:
                counter[0] = count = count + 1
                failure: Failure | None = None
                text = ""
                self._stage, self._printed = "", 0
                if ran:
                    ran.clear()
                try:
                    try:
                        clock.until = until = began + timeout_s
                        if clock.rings_at > until:
                            clock.ring_by(until)
                        if bound is None or plan.is_fresh:
                            bound = self._bind(plan, home)
                            bound_in = home.namespace
                        value = bound(row)
                        kind = type(value)
                        if kind is str and len(value) < text_limit:
                            out.size += len(value)
                        elif kind not in PLAIN or (kind is int and value not in PLAIN_INT) or kind is str:
                            text, value = _sendable(value, limit), None
                    except (TimeLimitReached, OutputLimit):
                        raise
                    except BaseException as error:  # noqa: BLE001 - guest code may raise anything
                        if isinstance(error, MemoryError):
                            self._reserve.close()
                        failure = outcomes.of_error(error, self._stage)
                    clock.until = inf
                except BaseException as error:  # noqa: BLE001 - a limit, also one that an error's own text reached
                    clock.until = inf
                    failure = outcomes.of_limit(error, self._stage)
                ended = perf_counter()
                seconds.append(ended - began)
                values.append(value if failure is None else None)
                if failure is not None or text or says_more or ran:
                    is_hopeless = failure is not None and bound is None and not self._was_bound
                    if failure is not None and failure.outcome in outcomes.INTERRUPTED:
                        # Interrupted code may have left its globals half changed.
                        bound = home.namespace = None
                        gc.collect()
                        self._reserve = reserve()
                    out.add(ran, self._more_text(text, failure) if failure or text or says_more else "")
                    if is_hopeless:
                        out.flush("hopeless")
                        return
                if ended > out.flush_at or out.size > FLUSH_CHARACTERS:
                    out.flush("rows")
                    # Sending may have had to wait: the next row does not pay for it.
                    ended = perf_counter()
                    out.flush_at = ended + FLUSH_S
                began = ended

        return run

    def _more_text(self, text: str, failure: Failure | None) -> str:
        kept, self._kept = self._kept, []
        value = f"[{text}]" if text and failure is None else "null"
        failed = "null" if failure is None else outcomes.as_text(failure)
        return f"{value},{failed},{self._kept_text(kept, 0)},{self._kept_text(kept, 1)}"

    def _kept_text(self, kept: list[Any], index: int) -> str:
        if index >= len(kept):
            return "null"
        try:
            return f"[{_sendable(kept[index], min(_KEPT_CHARACTERS, self._answer_bytes))}]"
        except (WireError, MemoryError):
            return "null"

    # What is run.

    def _home(self, tested: int) -> _Home:
        home = self._homes.get(tested)
        if home is None:
            probed = self.compiled.probed
            code = self.compiled.code if probed is None or tested == -1 else probed.code(tested)
            home = self._homes[tested] = _Home(code)
        return home

    def _bind(self, plan: Plan, home: _Home) -> Callable[[Any], Any]:
        if home.code is None:
            raise outcomes.Forbidden(self.compiled.findings)
        if plan.kind == "snippet":
            return self._snippet(str(plan.names[0]), home)
        if plan.is_fresh or home.namespace is None:
            home.namespace = self._built(home)
            if not plan.is_fresh:
                # What the module ran to set itself up says nothing of this row.
                self._ran.clear()
        functions = [None if name is None else _function(home.namespace, name) for name in plan.names]
        bound: Callable[[Any], Any] = getattr(self, f"_{plan.kind}")(*functions, plan.keeps)
        self._was_bound = True
        return bound

    def _built(self, home: _Home) -> dict[str, Any]:
        namespace = self._language.namespace(self.printed)
        namespace[MARKS] = self._ran
        exec(home.code, namespace)  # type: ignore[arg-type]  # noqa: S102 - the point of this process
        return namespace

    def _call(self, function: Callable[..., Any], _keeps: bool) -> Callable[[Any], Any]:
        def run(row: Any) -> Any:
            self._stage = "function"
            return function(**row) if type(row) is dict else function(*row)

        return run

    def _solve(
        self,
        parse: Callable[[str], Any],
        function: Callable[..., Any],
        form: Callable[[Any, str], Any] | None,
        keeps: bool,
    ) -> Callable[[str], Any]:
        def run(question: str) -> Any:
            self._stage = "parse"
            arguments = parse(question)
            if type(arguments) is not dict:
                raise TypeError(f"parse must return a dict of keyword arguments, not {type(arguments).__name__}")
            if keeps:
                self._kept.append(dict(arguments))
            self._stage = "function"
            result = function(**arguments)
            if keeps:
                self._kept.append(result)
            return result if form is None else self._form(form, result, question)

        return run

    def _formatted(
        self, function: Callable[..., Any], form: Callable[[Any, str], Any] | None, keeps: bool
    ) -> Callable[[Any], Any]:
        def run(row: Any) -> Any:
            arguments, question = row
            self._stage = "function"
            result = function(**arguments)
            if keeps:
                self._kept += [dict(arguments), result]
            return result if form is None else self._form(form, result, question)

        return run

    def _form(self, form: Callable[[Any, str], Any], result: Any, question: str) -> Any:
        self._stage = "format"
        text = form(result, question)
        if text is None and result is None:  # no answer, which is one
            return None
        if type(text) is not str and not issubclass(type(text), str):
            raise TypeError(f"the format function must return str, not {type(text).__name__}")
        return text

    def _snippet(self, result: str, home: _Home) -> Callable[[str], Any]:
        def run(snippet: str) -> Any:
            compiled = self._language.compile(snippet, SNIPPET)
            if compiled.code is None or compiled.findings:
                raise outcomes.Forbidden(compiled.findings)
            namespace = self._built(home)
            self._ran.clear()
            exec(compiled.code, namespace)  # noqa: S102 - as above
            if result not in namespace:
                raise NameError(f"the snippet left no {result!r}")
            return namespace[result]

        return run

    def printed(self, text: str) -> None:
        """Count what guest code prints."""
        self._printed += len(text)
        if self._printed > self._output_characters:
            raise OutputLimit(f"printed more than {self._output_characters} characters")


def _sendable(value: Any, limit: int) -> str:
    """Return a value as the text that the host will take; raises WireError where it would not."""
    text = encode(value, limit)
    check(text)
    return text


def _function(namespace: dict[str, Any], name: str) -> Callable[..., Any]:
    function = namespace.get(name)
    if not callable(function):
        raise NameError(f"the source defines no function {name!r}")  # noqa: TRY004 - said as Python says it
    return function  # type: ignore[no-any-return]
