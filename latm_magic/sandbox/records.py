"""The sandbox's records: its options, and what it returns of a run, a check, a guest function and the walls.

Nothing here runs guest code. The worker imports this file too, so it imports nothing but the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

RunOutcome = Literal["returned", "raised", "forbidden", "timeout", "memory", "output", "recursion", "crashed"]
"""How a run ended. Only "returned" carries a value."""

Stage = Literal["", "parse", "function", "format"]
"""The step of a pipeline that produced an outcome; "" where the run is a plain call or never reached a step."""

ParameterKind = Literal["positional_only", "positional_or_keyword", "var_positional", "keyword_only", "var_keyword"]


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What a sandbox is made with; the one place of its defaults."""

    timeout_s: float = 5.0
    """Seconds that a run may take; every method that runs takes its own as well."""
    memory_mb: int = 512
    """Address space that a worker may use beyond what the interpreter takes."""
    max_workers: int | None = None
    """Processes at most, busy and idle together; None: as many as `workers_mb` has room for. The longest unused one
    makes room. A batch of one tool is spread over as many as there are processors, and never over more than this."""
    workers_mb: int | None = None
    """Megabytes that all workers together may take before the longest unused ones are ended; None: a quarter of the
    memory of this machine or its container, and never more than 4,096. Open files bound them as well."""
    extra_modules: Sequence[str] = ()
    """Modules that guest code may import beside the allow-list; only the walls guard what they do."""
    require_walls: Sequence[str] = ()
    """Names of walls (`Sandbox.walls`) without which nothing is run."""
    answer_limit_bytes: int = 8_000_000
    """How much one run may return."""
    output_limit_characters: int = 1_000_000
    """How much one run may print."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One construct of guest source that the policy refuses. Its text can go back to the maker as it stands."""

    line: int
    """1-based line of the guest source; 0 = the source as a whole."""
    construct: str
    """What was found, for example "attribute '__globals__'"."""
    advice: str
    """Why it is refused and what to write instead."""

    def __str__(self) -> str:
        """Return "line 3: attribute '__globals__' is not allowed: ..."."""
        line = f"line {self.line}: " if self.line else ""
        return f"{line}{self.construct} is not allowed: {self.advice}"


@dataclass(frozen=True, slots=True)
class SignatureParameter:
    """One parameter of a guest function, as written in its source."""

    name: str
    kind: ParameterKind
    annotation: str | None = None
    """Source text of the annotation."""
    default: str | None = None
    """Source text of the default."""


@dataclass(frozen=True, slots=True)
class FunctionSignature:
    """What can be read of a module-level guest function without running it."""

    name: str
    parameters: tuple[SignatureParameter, ...]
    returns: str | None
    """Source text of the return annotation."""
    doc: str
    """The docstring, cleaned of indentation; "" where there is none."""
    line: int
    is_public: bool
    calls: frozenset[str] = frozenset()
    """Module-level names that the function refers to."""
    calls_arguments: bool = False
    """It calls one of its parameters, or an element of one: it takes callables."""


@dataclass(frozen=True, slots=True)
class Check:
    """What the policy says of a source. Nothing was run."""

    findings: tuple[Finding, ...] = ()
    functions: tuple[FunctionSignature, ...] = ()
    imports: tuple[str, ...] = ()
    example_lines: tuple[tuple[int, int], ...] = ()
    """First and last line of each module-level statement that only shows the functions' use: prints, example calls,
    tests. They may be left out."""
    branches: tuple[int, ...] = ()
    """The line of each branch of the source's functions, by the branch's number."""

    @property
    def passed(self) -> bool:
        """Whether the policy found nothing to refuse."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class GuestError:
    """An error of guest code, cleaned of control characters and capped in length."""

    type: str
    """Name of the exception's class; for limits the name of the limit's error, for example "TimeoutError"."""
    message: str
    line: int | None = None
    """1-based line of the guest source; None = unknown."""
    is_refusal: bool = False
    """The exception was an instance of ValueError, judged in the worker."""
    findings: tuple[Finding, ...] = ()
    """For the outcome "forbidden": everything that the policy found."""
    from_outside: bool = False
    """The sandbox lost its workers to something other than guest code: killed, stopped, no room on the machine."""


@dataclass(frozen=True, slots=True)
class Run:
    """How one run of guest code ended."""

    outcome: RunOutcome
    value: Any = None
    """The result; plain data. None unless `returned`."""
    error: GuestError | None = None
    """None exactly when `returned`."""
    seconds: float = 0.0
    """Seconds that the guest code took, as the worker measured them (the host, where the worker did not answer)."""
    stage: Stage = ""
    arguments: dict[str, Any] | None = None
    """What `parse` returned, for a solve with `keep_arguments`."""
    result: Any = None
    """What the function returned before `format`, for a solve with `keep_arguments`."""
    branches: tuple[int, ...] = ()
    """The branches that it went through, as they were first reached, of those that were to be told."""

    @property
    def returned(self) -> bool:
        """Whether the guest code ended with a value."""
        return self.outcome == "returned"

    @property
    def was_lost(self) -> bool:
        """Whether the sandbox failed and not guest code, so that this run says nothing of a tool."""
        return self.error is not None and self.error.from_outside


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Names of the functions of a tool that lead from a question to an answer."""

    parse: str | None
    """question -> keyword arguments; None = the arguments come from elsewhere."""
    function: str
    format: str | None = None
    """(result, question) -> text; None = the function's result is the answer."""


@dataclass(frozen=True, slots=True)
class Walls:
    """What stands between guest code and this system beside the policy."""

    active: tuple[str, ...]
    """Names of the walls that are up, for example ("own_process", "limits", "no_new_privs", "landlock", "seccomp")."""
    missing: tuple[str, ...]
    """Names of the walls that this system lacks."""
    summary: str
    """One plain line that says what is up and what that leaves open."""
