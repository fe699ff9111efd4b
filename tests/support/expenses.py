"""A small workflow that an expert does by hand: functions of yours as tools, and its traces; another loops.

Each tool also gives a request number, which decides nothing.
"""

import random

from latm_magic import pure
from latm_magic.traces import Step, Trace

RATES = {"USD": 1.0, "EUR": 1.1, "GBP": 1.3}
LIMITS = {"meal": 80, "travel": 400, "hardware": 250}


def _request(*about):
    return random.Random(repr(about)).randrange(1, 10**6)


@pure
def to_usd(amount, currency):
    """Give the amount in US dollars."""
    return {"usd": round(amount * RATES[currency], 2), "request": _request(amount, currency)}


@pure
def policy(category):
    """Give the limit of a category, and whether it needs a receipt."""
    return {"limit": LIMITS[category], "needs_receipt": category == "travel", "request": _request(category)}


@pure
def receipt(number):
    """Say whether there is a receipt."""
    return {"found": number % 3 > 0, "request": _request("receipt", number)}


PAID = []


def pay(usd):
    """Pay, which acts."""
    PAID.append(usd)
    return {"paid": usd}


TOOLS = [to_usd, policy, receipt, pay]


def expert(inputs, call):
    """Do one expense; `call` calls a tool. Gives the answer."""
    usd = call(to_usd, amount=inputs["amount"], currency=inputs["currency"])["usd"]
    rules = call(policy, category=inputs["category"])
    if usd > rules["limit"]:
        return "manager"
    if rules["needs_receipt"] and not call(receipt, number=inputs["number"])["found"]:
        return "rejected"
    call(pay, usd=usd)
    return "paid"


def inputs_of(seed):
    """Return the inputs of one expense."""
    chance = random.Random(seed)
    return {
        "amount": round(chance.lognormvariate(5, 1), 2),
        "currency": chance.choice(sorted(RATES)),
        "category": chance.choice(sorted(LIMITS)),
        "number": chance.randrange(1000),
    }


def trace_of(seed, act=expert, inputs=None, name="expense"):
    """Return the trace of one run of an expert; nothing is paid."""
    steps = []

    def call(function, **arguments):
        acts = function is pay
        output = {"paid": arguments["usd"]} if acts else function(**arguments)
        steps.append(Step(function.__name__, arguments, output, acts=acts, ms=float(seed)))
        return output

    inputs = inputs or inputs_of(seed)
    answer = act(inputs, call)
    return Trace(f"t{seed}", name, inputs, tuple(steps), answer, "you")


def traces_of(count, start=0, **more):
    """Return the traces of so many expenses."""
    return [trace_of(seed, **more) for seed in range(start, start + count)]


@pure
def attempt(goal, number):
    """Try once more."""
    return {"score": 10 * number, "request": _request(goal, number)}


def climber(inputs, call):
    """Try until the score is as high as the goal, five times at most."""
    for number in range(1, 6):
        if call(attempt, goal=inputs["goal"], number=number)["score"] >= inputs["goal"]:
            return "reached"
    return "given up"
