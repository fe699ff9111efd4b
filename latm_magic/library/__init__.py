"""The tools of one project on disk, and as notebooks."""
