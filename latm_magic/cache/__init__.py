"""The tools of one project on disk, and beside them answers, feedback and ledger: one SQLite file."""
