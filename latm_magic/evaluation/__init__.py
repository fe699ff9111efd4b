"""Measuring the product: runs of methods on tasks, their tables, and tasks made for it."""
