"""Routers that are trained by gradient: the `torch` extra, imported when a decision is asked for."""
