"""`%latm models`: what the endpoint offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic_arguments import argument, magic_arguments

from latm_magic.jupyter.subcommands.registry import subcommand

if TYPE_CHECKING:
    from argparse import Namespace

    from latm_magic.jupyter.notebook import Notebook
    from latm_magic.models.offers import Offers


@subcommand("session.models(profile)")
@magic_arguments("latm models")
@argument("--profile", default="", help="A profile of your own file, in place of the one in use.")
def models(notebook: Notebook, options: Namespace) -> Offers:
    """List the models that the endpoint offers: context, price, and which role uses which."""
    return notebook.session.models(options.profile)
