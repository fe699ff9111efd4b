"""Tools that travel: notebooks and plain code, written and read, and the judging of somebody else's tools."""
