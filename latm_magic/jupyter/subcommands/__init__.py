"""`%latm SUBCOMMAND`: one small function each, in the file of its group. Importing this package registers them all."""

from latm_magic.jupyter.subcommands import (  # noqa: F401, I001  each registers its functions, in the order of the help
    tools,
    browse,
    status,
    models,
    sharing,
    versions,
    drafts,
    feedback,
    checking,
    evaluating,
    flows,
    samples,
    traces,
    helping,
)
