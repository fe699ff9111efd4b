"""The tools of a project in scripts and in CI, outside of a notebook."""
