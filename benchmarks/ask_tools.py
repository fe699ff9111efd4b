"""What a request of the tool loop costs with 4, 10, 30, 100 and 1,000 tools: all shown, or five and `find_tool`.

    python benchmarks/ask_tools.py
    python benchmarks/ask_tools.py --tools 10 1000 --questions 50

Tools are made up: a verb, a thing and a property (`convert_invoice_date`), each with a description, two parameters and
six questions that the router learns; the questions asked are worded otherwise than those. "tokens" are the characters
of the request body / 4, in the mean of the questions; "in five" is the share of questions whose tool is among those
shown; "found" is the share whose tool is shown after one `find_tool` with the words of the tool's description, which is
what a model that knows what it wants may ask for. No model is asked, nothing is timed.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from itertools import product

import figures

from latm_magic.models.chat import request_body
from latm_magic.models.dialect import Dialect
from latm_magic.models.model import Request
from latm_magic.provenance import Provenance
from latm_magic.routing.lexical.router import LexicalRouter
from latm_magic.signature import Parameter
from latm_magic.solving.tool_loop import finding, prompts
from latm_magic.solving.tool_loop.functions import ProjectTool
from latm_magic.task import Instance
from latm_magic.tool import ToolVersion
from latm_magic.verification import Verification

VERBS = {
    "convert": "turn", "count": "tell how many", "check": "see whether it is right:", "round": "make shorter",
    "compare": "tell which is greater:", "extract": "pick out", "format": "write nicely", "sum": "add up",
    "rank": "put in order", "split": "take apart",
}  # fmt: skip
THINGS = ("invoice", "address", "contract", "shipment", "patient", "flight", "recipe", "ticket", "account", "sensor")
PROPERTIES = ("date", "price", "weight", "code", "owner", "duration", "country", "number", "status", "limit")
CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class MadeUp:
    """A tool, and how it may be asked for."""

    record: ToolVersion
    verb: str
    thing: str
    quality: str

    @classmethod
    def of(cls, verb: str, thing: str, quality: str) -> MadeUp:
        """Make a tool of three words."""
        name = f"{verb}_{thing}_{quality}"
        doc = f"{verb.capitalize()} the {quality} of each {thing} in a list, and return the result by {thing}."
        parameters = (
            Parameter("items", "positional_or_keyword", "list[dict[str, str]]"),
            Parameter("unit", "positional_or_keyword", "str", "''"),
        )
        samples = tuple(Instance(f"{verb} {quality}: {thing} {number}", str(number)) for number in range(6))
        return cls(
            ToolVersion(
                name=name,
                description=doc,
                source=f"def {name}(items, unit=''):\n    return items\n",
                function=name,
                parameters=parameters,
                returns="dict[str, str]",
                doc=doc,
                calling="arguments",
                has_format=False,
                kind="text",
                samples=samples,
                earlier=(),
                use_cases=(),
                provenance=Provenance("nobody", "2026-01-01"),
                version=1,
                verification=Verification((), policy="1", python="3.11"),
            ),
            verb,
            thing,
            quality,
        )

    def question(self, chance: random.Random) -> str:
        """Ask for it in other words than its samples."""
        number = chance.randint(100, 999)
        return f"Please {VERBS[self.verb]} the {self.quality} that every {self.thing} of batch {number} has."


def main() -> None:
    """Print a row for each number of tools."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tools", type=int, nargs="+", default=[4, 10, 30, 100, 1000])
    parser.add_argument("--questions", type=int, default=100)
    options = parser.parse_args()
    chance = random.Random(1)
    every = [MadeUp.of(*words) for words in product(VERBS, THINGS, PROPERTIES)]
    chance.shuffle(every)
    print("tools  tokens, all shown  tokens, five and find_tool  in five  found")
    for number in options.tools:
        row = measured(every[:number], options.questions, random.Random(2))
        print(f"{number:5,}  {row['all']:17,.0f}  {row['few']:26,.0f}  {row['in five']:7.2f}  {row['found']:5.2f}")
        figures.keep(f"right tool in sight, {number} tools", row["in five"], "share")
        figures.keep(f"tokens saved, {number} tools", 1 - row["few"] / row["all"], "share")


def measured(tools: list[MadeUp], questions: int, chance: random.Random) -> dict[str, float]:
    """Return mean tokens of a first request, and how often the right tool is in sight."""
    router = LexicalRouter()
    for tool in tools:
        router.add(tool.record.name, [sample.question for sample in tool.record.samples])
    functions = {tool.record.name: ProjectTool(tool.record, None) for tool in tools}  # type: ignore[arg-type]
    every = tuple(each.spec for each in functions.values())
    sums = dict.fromkeys(("all", "few", "in five", "found"), 0.0)
    for _ in range(questions):
        tool = chance.choice(tools)
        text = tool.question(chance)
        shelf = finding.Shelf(functions, router.related, text, ())
        sums["all"] += tokens(text, every, has_more=False)
        sums["few"] += tokens(text, shelf.specs, has_more=shelf.has_more)
        sums["in five"] += tool.record.name in {spec.name for spec in shelf.specs}
        shelf.find(tool.record.description)
        sums["found"] += tool.record.name in {spec.name for spec in shelf.specs}
    return {name: total / questions for name, total in sums.items()}


def tokens(text: str, specs: tuple[finding.FunctionSpec, ...], *, has_more: bool) -> float:
    """Return about how many tokens a first request has."""
    messages = prompts.begin(text, None, has_more=has_more, has_functions=True)
    body = request_body(Request("ask", tuple(messages), specs), "model", Dialect(), stream=False)
    return len(json.dumps(body)) / CHARACTERS_A_TOKEN


if __name__ == "__main__":
    main()
