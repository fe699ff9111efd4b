"""`%latm SUBCOMMAND`: one small function each, registered where it is written."""
