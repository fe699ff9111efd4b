"""Workflows to learn flows from: cases that are drawn, tools that are pure given a case, and an expert that chooses.

`WORLDS` are the four that the first figures were measured on; `FROZEN` are two more, written before anything was tuned
on them and not changed since. A case has inputs, which everybody sees, and facts, which a tool alone reveals. What a
run has seen stands in flat slots ("input.amount", "to_usd.usd", "count.edit"); the expert chooses by them alone. Every
output has two fields that mean nothing: a request number and a time.
"""

# ruff: noqa: ARG002, D102 - a tool is a method that its name describes, and every tool is given the facts

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from latm_magic.traces import Step, Trace
from latm_magic.workflows.decisions import FINISH, START, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Slots = Mapping[str, Any]
    Choose = Callable[[str, Slots], str]

LONGEST = 12
"""Calls after which a run is cut off."""
NOISE = 0.1
"""The share of noisy traces with a detour, and the share with a wrong branch."""


@dataclass(frozen=True, slots=True)
class Case:
    """One instance of a workflow."""

    inputs: Mapping[str, Any]
    facts: Mapping[str, Any]
    """Hidden: what the tools tell."""


class World(ABC):
    """A workflow. Each tool is a method of the tool's name: the facts and its arguments in, a dict of values out."""

    name: str
    tools: ClassVar[Mapping[str, str]]
    """Each tool's arguments: `usd=fx.usd|input.price rate=tax.rate|0` takes the first slot seen, or the number."""
    ends: ClassVar[frozenset[str]]
    """The tools with which a run ends."""
    answer: str
    """The field of the last output that is the run's answer."""

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> Case:
        """Return a new case."""

    @abstractmethod
    def expert(self, after: str, seen: Slots) -> str:
        """Return the next tool, or FINISH."""

    def arguments(self, tool: str, seen: Slots) -> dict[str, Any]:
        """Return what the expert gives a tool; a slot that was not seen has no argument."""
        found: dict[str, Any] = {}
        for name, _, places in (each.partition("=") for each in self.tools[tool].split()):
            for place in places.split("|"):
                if place in seen or "." not in place:
                    found[name] = seen[place] if place in seen else int(place) if place else ""
                    break
        return found

    def call(self, case: Case, tool: str, arguments: Mapping[str, Any], rng: np.random.Generator) -> Step:
        """Return the step that a call makes; where an argument is missing, one with an error."""
        try:
            output = getattr(self, tool)(case.facts, **arguments)
        except TypeError as error:
            return Step(tool, dict(arguments), error=str(error))
        ms = round(float(rng.lognormal(4, 1)), 1)
        return Step(tool, dict(arguments), {**output, "request": int(rng.integers(1, 10**6)), "ms": ms}, ms=ms)

    def answer_of(self, steps: list[Step]) -> Any:
        """Return the answer of a run, None where it has none."""
        last = steps[-1].output if steps else None
        return last.get(self.answer) if last else None


def pick(rng: np.random.Generator, names: str, chances: list[float] | None = None) -> str:
    return str(rng.choice(names.split(), p=chances))


class Expense(World):
    """An expense claim is approved, rejected or passed on."""

    name = "expense"
    tools: ClassVar = {
        "to_usd": "amount=input.amount currency=input.currency",
        "policy": "category=input.category",
        "receipt": "",
        "employee": "",
        **dict.fromkeys(("approve", "reject", "finance", "manager"), "usd=to_usd.usd"),
    }
    ends: ClassVar = frozenset({"approve", "reject", "finance", "manager"})
    answer = "done"
    rates: ClassVar = {"USD": 1, "EUR": 1.1, "GBP": 1.3, "JPY": 0.0067}
    limits: ClassVar = {"meal": 80, "travel": 400, "hardware": 250, "software": 150}

    def draw(self, rng):
        currency = pick(rng, "USD EUR GBP JPY")
        amount = round(float(rng.lognormal(5, 0.9)), 2) * (150 if currency == "JPY" else 1)
        inputs = {
            "amount": round(amount, 2),
            "currency": currency,
            "category": pick(rng, "meal travel hardware software"),
            "days_old": int(rng.integers(0, 120)),
        }
        facts = {
            "found": bool(rng.random() < 0.6),
            "level": int(rng.integers(1, 6)),
            "left": int(rng.integers(0, 3001)),
        }
        return Case(inputs, facts)

    def to_usd(self, facts, amount, currency):
        return {"usd": round(amount * self.rates[currency], 2)}

    def policy(self, facts, category):
        return {"limit": self.limits[category], "needs_receipt": category in {"travel", "hardware"}}

    def receipt(self, facts):
        return {"found": facts["found"]}

    def employee(self, facts):
        return {"level": facts["level"], "left": facts["left"]}

    def approve(self, facts, usd):
        return {"done": f"approved {usd:.2f} USD"}

    def reject(self, facts, usd):
        return {"done": f"rejected {usd:.2f} USD"}

    def finance(self, facts, usd):
        return {"done": f"to finance: {usd:.2f} USD"}

    def manager(self, facts, usd):
        return {"done": f"to the manager: {usd:.2f} USD"}

    def expert(self, after, seen):
        match after:
            case "START":
                return "to_usd"
            case "to_usd":
                return "policy"
            case "policy" if seen["to_usd.usd"] > seen["policy.limit"]:
                return "employee"
            case "policy":
                return "receipt" if seen["policy.needs_receipt"] else "approve"
            case "receipt":
                return "approve" if seen["receipt.found"] else "reject"
            case "employee":
                return "manager" if seen["employee.level"] >= 4 and seen["employee.left"] > 1000 else "finance"
        return FINISH


class Triage(World):
    """A customer's message is dealt with by one of five actions."""

    name = "triage"
    tools: ClassVar = dict.fromkeys(
        ("classify", "customer", "invoice", "known", "refund", "collections", "reply", "issue", "page"), ""
    )
    ends: ClassVar = frozenset({"refund", "collections", "reply", "issue", "page"})
    answer = "done"

    def draw(self, rng):
        inputs = {"words": int(rng.integers(5, 300)), "hour": int(rng.integers(0, 24))}
        facts = {
            "topic": pick(rng, "billing bug howto", [0.35, 0.4, 0.25]),
            "urgency": int(rng.integers(1, 6)),
            "tier": pick(rng, "free pro gold"),
            "open": int(rng.poisson(1.5)),
            "overdue": int(rng.integers(0, 90)),
            "score": round(float(rng.beta(2, 2)), 3),
        }
        return Case(inputs, facts)

    def classify(self, facts):
        return {"topic": facts["topic"], "urgency": facts["urgency"]}

    def customer(self, facts):
        return {"tier": facts["tier"], "open": facts["open"]}

    def invoice(self, facts):
        return {"overdue": facts["overdue"]}

    def known(self, facts):
        return {"score": facts["score"]}

    def refund(self, facts):
        return {"done": "refunded"}

    def collections(self, facts):
        return {"done": "to collections"}

    def reply(self, facts):
        return {"done": "replied"}

    def issue(self, facts):
        return {"done": "issue opened"}

    def page(self, facts):
        return {"done": "engineer paged"}

    def expert(self, after, seen):
        match after:
            case "START":
                return "classify"
            case "classify" if seen["classify.urgency"] >= 4:
                return "customer"
            case "customer" if seen["customer.tier"] == "gold":
                return "page"
            case "classify" | "customer":
                return "invoice" if seen["classify.topic"] == "billing" else "known"
            case "invoice":
                return "collections" if seen["invoice.overdue"] > 30 else "refund"
            case "known":
                return "reply" if seen["known.score"] > 0.6 else "issue"
        return FINISH


class Shop(World):
    """What an order costs in all: the answer is a number."""

    name = "shop"
    tools: ClassVar = {
        "fx": "price=input.price currency=input.currency",
        "tax": "country=input.country",
        "duty": "usd=fx.usd|input.price",
        "post": "weight=input.weight",
        "courier": "weight=input.weight",
        "total": "usd=fx.usd|input.price rate=tax.rate|0 duty=duty.duty|0 shipping=post.cost|courier.cost|0",
    }
    ends: ClassVar = frozenset({"total"})
    answer = "total"
    rates: ClassVar = {"USD": 1, "EUR": 1.1, "CHF": 1.15}
    taxes: ClassVar = {"DE": 0.19, "FR": 0.2, "US": 0.08, "CH": 0.081, "JP": 0.1}

    def draw(self, rng):
        inputs = {
            "price": round(float(rng.lognormal(4.6, 0.9)), 2),
            "currency": pick(rng, "USD EUR CHF"),
            "country": pick(rng, "DE FR US CH JP"),
            "weight": round(float(rng.lognormal(0.7, 0.8)), 2),
        }
        return Case(inputs, {})

    def fx(self, facts, price, currency):
        return {"usd": round(price * self.rates[currency], 2)}

    def tax(self, facts, country):
        return {"rate": self.taxes[country], "eu": country in {"DE", "FR"}}

    def duty(self, facts, usd):
        return {"duty": round(0.05 * usd, 2)}

    def post(self, facts, weight):
        return {"cost": round(4 + 2 * weight, 2)}

    def courier(self, facts, weight):
        return {"cost": round(15 + 1.2 * weight, 2)}

    def total(self, facts, usd, rate, duty, shipping):
        return {"total": round(usd * (1 + rate) + duty + shipping, 2)}

    def expert(self, after, seen):
        match after:
            case "START":
                return "tax" if seen["input.currency"] == "USD" else "fx"
            case "fx":
                return "tax"
            case "tax" if not seen["tax.eu"] and seen.get("fx.usd", seen["input.price"]) > 150:
                return "duty"
            case "tax" | "duty":
                return "courier" if seen["input.weight"] > 5 else "post"
            case "post" | "courier":
                return "total"
        return FINISH


class Code(World):
    """A program is edited, run and tested, at most three times over. A commit stands for what was edited so far."""

    name = "code"
    tools: ClassVar = {
        "read": "",
        "edit": "commit=edit.commit|",
        **dict.fromkeys(("run", "test", "submit", "giveup"), "commit=edit.commit|"),
    }
    ends: ClassVar = frozenset({"submit", "giveup"})
    answer = "done"

    def draw(self, rng):
        inputs = {"lines": int(rng.integers(10, 900)), "difficulty": int(rng.integers(1, 10))}
        facts = {
            "lines": inputs["lines"],
            "commits": ["", *(f"{each:07x}" for each in rng.integers(16**7, size=LONGEST))],
            "sizes": [int(each) for each in rng.integers(10, 500, size=LONGEST)],
            "exits": [int(each < 0.35) for each in rng.random(LONGEST + 1)],
            "outputs": [int(each) for each in rng.integers(0, 2000, size=LONGEST + 1)],
            "failed": [max(0, int(each)) for each in rng.integers(-4, 5, size=LONGEST + 1)],
            "passed": [int(each) for each in rng.integers(5, 30, size=LONGEST + 1)],
        }
        return Case(inputs, facts)

    def read(self, facts):
        return {"size": facts["lines"]}

    def edit(self, facts, commit):
        edits = facts["commits"].index(commit)
        return {"commit": facts["commits"][edits + 1], "chars": facts["sizes"][edits]}

    def run(self, facts, commit):
        edits = facts["commits"].index(commit)
        return {"exit": facts["exits"][edits], "out": facts["outputs"][edits]}

    def test(self, facts, commit):
        edits = facts["commits"].index(commit)
        return {"failed": facts["failed"][edits], "passed": facts["passed"][edits]}

    def submit(self, facts, commit):
        return {"done": f"submitted after {facts['commits'].index(commit)} edits"}

    def giveup(self, facts, commit):
        return {"done": "given up"}

    def expert(self, after, seen):
        again = "edit" if seen.get("count.edit", 0) < 3 else "giveup"
        match after:
            case "START":
                return "read" if seen["input.lines"] > 300 else "edit"
            case "read":
                return "edit"
            case "edit":
                return "run"
            case "run":
                return again if seen["run.exit"] else "test"
            case "test":
                return "submit" if seen["test.failed"] <= 0 else again
        return FINISH


class Loan(World):
    """A library's loan desk. Frozen: not changed since it was written."""

    name = "loan"
    tools: ClassVar = {
        "member": "",
        "collect": "fines=member.fines",
        "item": "kind=input.kind",
        "deposit": "kind=input.kind days=input.days",
        "queue": "",
        **dict.fromkeys(("lend", "hold", "refer", "refuse"), "days=input.days"),
    }
    ends: ClassVar = frozenset({"lend", "hold", "refer", "refuse"})
    answer = "done"
    prices: ClassVar = {"book": 18, "film": 25, "game": 55, "map": 140, "device": 320}

    def draw(self, rng):
        inputs = {
            "kind": pick(rng, "book film game map device"),
            "days": int(rng.integers(1, 43)),
            "branch": pick(rng, "centre east harbour"),
        }
        facts = {
            "age": int(rng.integers(8, 80)) if rng.random() < 0.6 else int(rng.integers(8, 19)),
            "years": int(rng.integers(0, 12)),
            "fines": round(float(rng.exponential(7)), 2),
            "loans": int(rng.integers(0, 9)),
            "allowance": int(rng.choice([3, 5, 8, 10])),
            "paid": round(float(rng.uniform(5, 40)), 2),
            "rating": int(rng.choice([0, 6, 12, 16, 18])),
            "copies": int(rng.integers(1, 7)),
            "waiting": int(rng.integers(0, 8)),
        }
        return Case(inputs, facts)

    def member(self, facts):
        return {name: facts[name] for name in ("age", "years", "fines", "loans", "allowance")}

    def collect(self, facts, fines):
        return {"paid": min(fines, facts["paid"])}

    def item(self, facts, kind):
        return {"rating": facts["rating"], "copies": facts["copies"]}

    def deposit(self, facts, kind, days):
        return {"asked": round(self.prices[kind] * (0.5 + days / 60), 2)}

    def queue(self, facts):
        return {"waiting": facts["waiting"]}

    def lend(self, facts, days):
        return {"done": f"lent for {days} days"}

    def hold(self, facts, days):
        return {"done": "held"}

    def refer(self, facts, days):
        return {"done": "to the librarian"}

    def refuse(self, facts, days):
        return {"done": "refused"}

    def expert(self, after, seen):
        match after:
            case "START":
                return "member"
            case "member" if seen["member.loans"] >= seen["member.allowance"]:
                return "refuse"
            case "member":
                return "collect" if seen["member.fines"] > 10 else "item"
            case "collect":
                return "item" if seen["collect.paid"] >= seen["member.fines"] else "refuse"
            case "item" if seen["item.rating"] > seen["member.age"]:
                return "refuse"
            case "item":
                return "deposit" if seen["input.kind"] in {"map", "device"} else "queue"
            case "deposit":
                return "refer" if seen["deposit.asked"] > 200 and seen["member.years"] < 5 else "queue"
            case "queue":
                return "lend" if seen["item.copies"] > seen["queue.waiting"] else "hold"
        return FINISH


class Meter(World):
    """What a household pays for water, by a meter that is photographed again while the picture is not sharp. Frozen."""

    name = "meter"
    tools: ClassVar = {
        "photo": "file=photo.file|",
        "estimate": "people=input.people",
        "history": "",
        "difference": "reading=photo.reading before=input.before",
        "rollover": "used=difference.used digits=input.digits",
        "leak": "",
        "allowance": "used=difference.used typical=history.typical",
        "tariff": "zone=input.zone",
        "sewage": "used=allowance.used|rollover.used|estimate.used|difference.used",
        "bill": "used=allowance.used|rollover.used|estimate.used|difference.used rate=tariff.rate base=tariff.base "
        "sewage=sewage.cost|0",
    }
    ends: ClassVar = frozenset({"bill"})
    answer = "total"
    rates: ClassVar = {"north": 2.1, "south": 1.8, "harbour": 2.6, "hills": 1.95}

    def draw(self, rng):
        digits = int(rng.choice([4, 5]))
        used, before = int(rng.gamma(4, 14)), int(rng.integers(0, 10**digits))
        if rng.random() < 0.2:
            before = 10**digits - int(rng.integers(1, used + 2))
        inputs = {
            "before": before,
            "digits": digits,
            "people": int(rng.integers(1, 7)),
            "zone": pick(rng, "north south harbour hills"),
        }
        typical = int(rng.integers(20, 80))
        facts = {
            "files": ["", *(f"{each:07x}" for each in rng.integers(16**7, size=LONGEST))],
            "sharp": [round(float(each), 2) for each in rng.beta(2.4, 1.6, size=LONGEST)],
            "reading": (before + used) % 10**digits,
            "typical": typical,
            "highest": typical + int(rng.integers(5, 40)),
            "flow": round(float(rng.exponential(2.5)), 1),
        }
        return Case(inputs, facts)

    def photo(self, facts, file):
        taken = facts["files"].index(file)
        return {"file": facts["files"][taken + 1], "sharp": facts["sharp"][taken], "reading": facts["reading"]}

    def estimate(self, facts, people):
        return {"used": 11 * people}

    def history(self, facts):
        return {"typical": facts["typical"], "highest": facts["highest"]}

    def difference(self, facts, reading, before):
        return {"used": reading - before}

    def rollover(self, facts, used, digits):
        return {"used": used + 10**digits}

    def leak(self, facts):
        return {"flow": facts["flow"]}

    def allowance(self, facts, used, typical):
        return {"used": (used + typical) // 2}

    def tariff(self, facts, zone):
        return {"rate": self.rates[zone], "base": 9 if zone == "hills" else 12}

    def sewage(self, facts, used):
        return {"cost": round(1.4 * used, 2)}

    def bill(self, facts, used, rate, base, sewage):
        return {"total": round(base + rate * used + sewage, 2)}

    def expert(self, after, seen):
        match after:
            case "START":
                return "photo"
            case "photo" if seen["photo.sharp"] >= 0.5:
                return "history"
            case "photo":
                return "photo" if seen["count.photo"] < 3 else "estimate"
            case "history":
                return "difference"
            case "difference" if seen["difference.used"] < 0:
                return "rollover"
            case "difference":
                return "leak" if seen["difference.used"] > seen["history.highest"] else "tariff"
            case "leak":
                return "allowance" if seen["leak.flow"] > 2 and seen["input.people"] <= 4 else "tariff"
            case "estimate" | "rollover" | "allowance":
                return "tariff"
            case "tariff":
                return "sewage" if seen["input.zone"] in {"north", "harbour"} else "bill"
            case "sewage":
                return "bill"
        return FINISH


WORLDS: tuple[World, ...] = (Expense(), Triage(), Shop(), Code())
FROZEN: tuple[World, ...] = (Loan(), Meter())


class Run:
    """A run of a case: what was called, and what has been seen."""

    def __init__(self, world: World, case: Case, rng: np.random.Generator) -> None:
        self.world, self.case, self.rng = world, case, rng
        self.steps: list[Step] = []
        self._seen = Seen(case.inputs)

    @property
    def seen(self) -> Mapping[str, Any]:
        """What has been seen, as slots."""
        return self._seen.so_far()

    @property
    def after(self) -> str:
        """The tool that was called last."""
        return self.steps[-1].tool if self.steps else START

    def call(self, tool: str) -> None:
        """Call a tool as the expert would, and see what it says."""
        step = self.world.call(self.case, tool, self.world.arguments(tool, self.seen), self.rng)
        self.steps.append(step)
        self._seen.take(tool, step.output, failed=bool(step.error))

    def to_trace(self) -> Trace:
        """Return the run as it is recorded."""
        answer, number = self.world.answer_of(self.steps), int(self.rng.integers(10**12))
        return Trace(f"{number:012}", self.world.name, self.case.inputs, tuple(self.steps), answer, "you", "import")


def follow(world: World, case: Case, choose: Choose, rng: np.random.Generator) -> Trace:
    """Return the trace of a case in which somebody chooses each next tool, until FINISH or a tool that is not there."""
    run = Run(world, case, rng)
    while len(run.steps) < LONGEST and (tool := choose(run.after, run.seen)) in world.tools:
        run.call(tool)
    return run.to_trace()


def trace(world: World, case: Case, rng: np.random.Generator, noise: float = 0.0) -> Trace:
    """Return the expert's trace of a case; `noise` is the chance of a detour, and that of one wrong branch.

    Either happens after one to three calls. A detour is a call of any tool that does not end the run, after which the
    expert goes on with what it had chosen. A wrong branch is what the expert does there in another case.
    """
    run = Run(world, case, rng)
    detour, wrong, place = rng.random() < noise, rng.random() < noise, int(rng.integers(1, 4))
    while len(run.steps) < LONGEST and (tool := world.expert(run.after, run.seen)) != FINISH:
        if len(run.steps) == place:
            others = [each for each in _alternatives(world).get(run.after, []) if each != tool]
            tool = str(rng.choice(others)) if wrong and others else tool
            if detour:
                detour = False
                run.call(str(rng.choice(sorted(set(world.tools) - world.ends))))
        run.call(tool)
    return run.to_trace()


def cases(world: World, count: int, seed: int) -> list[Case]:
    """Return that many cases; the first ones are the same whatever the count is."""
    rng = np.random.default_rng([seed, *world.name.encode()])
    return [world.draw(rng) for _ in range(count)]


def traces(world: World, given: list[Case], seed: int, noise: float = 0.0) -> list[Trace]:
    """Return the expert's trace of each case."""
    rng = np.random.default_rng([seed, 1, *world.name.encode()])
    return [trace(world, case, rng, noise) for case in given]


@cache
def _alternatives(world: World) -> dict[str, list[str]]:
    """Return what the expert does after each tool, in one case or another."""
    rng, found = np.random.default_rng(0), dict[str, set[str]]()
    for _ in range(400):
        for after, tool in _moves(follow(world, world.draw(rng), world.expert, rng)):
            found.setdefault(after, set()).add(tool)
    return {after: sorted(tools) for after, tools in found.items()}


def _moves(done: Trace) -> Iterator[tuple[str, str]]:
    tools = [START, *(step.tool for step in done.steps)]
    yield from pairwise(tools)
    yield tools[-1], FINISH


if __name__ == "__main__":
    from collections import Counter

    for world in (*WORLDS, *FROZEN):
        kinds = Counter(">".join(step.tool for step in each.steps) for each in traces(world, cases(world, 1000, 1), 1))
        print(f"{world.name}: {len(kinds)} paths in 1000 traces")
        for path, count in kinds.most_common(12):
            print(f"  {count:4} {path}")
