"""What crosses between host and worker: plain values as typed JSON in frames, and what both sides agree on.

A value's way out of the worker: `worker/tool.py` encodes it, `worker/loop.py` sends it, `host/replies.py` decodes it
and trusts nothing.
"""
