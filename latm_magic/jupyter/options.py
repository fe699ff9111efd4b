"""Options that several magics have."""

from __future__ import annotations

from IPython.core.magic_arguments import argument

from latm_magic.jupyter.line import expression, text

NAME = argument(
    "name", nargs="?", default="", metavar="NAME", help="Name of the tool, and of its function in the notebook."
)
EXAMPLES = argument(
    "--examples",
    type=expression,
    metavar="EXPR",
    help="The examples: an expression (pairs, dicts, a DataFrame), or a .csv, .tsv, .jsonl or .json file.",
)
NA = argument(
    "--na", type=text, metavar="WORD", help='The answer that says that there is none, such as none or "" (also: !none).'
)
REPLACE = argument(
    "--replace",
    action="store_true",
    help="Samples of older versions no longer count, and the name may hide something of yours.",
)
ASK = argument(
    "--ask", dest="ask", action="store_const", const=True, help="Ask models whatever it takes (setting: ask_above)."
)
NO_MODEL = argument(
    "--no-model", dest="ask", action="store_const", const=False, help="Ask no model for what no parser answers."
)
MIN_ACCURACY = argument(
    "--min-accuracy",
    type=float,
    metavar="SHARE",
    help="Share of the answered held-out examples that must be right, 0 to 1 (default: the setting min_accuracy).",
)
