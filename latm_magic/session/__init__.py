"""The session: the Python face of latm_magic, and how its parts are put together.

`session.Session` is the API behind every magic, `parts` puts its parts together, `roles` chooses each role's model; the
other files are the services of `Session` by what you do: make tools, solve, give feedback, start from pending.
"""

from latm_magic.session.session import Session

__all__ = ["Session"]
