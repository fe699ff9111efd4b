from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
class Timer:
    def __enter__(self):
        self.log = ["in"]
        return self
    def __exit__(self, kind, value, trace):
        self.log.append(kind.__name__ if kind else "out")
        return True
@contextmanager
def tag(name):
    yield f"<{name}>"
class Thing:
    def close(self):
        self.closed = True
def f():
    with Timer() as t, tag("b") as b:
        1 / 0
    with suppress(KeyError):
        {}["x"]
    with nullcontext(3) as n, ExitStack() as stack:
        stack.enter_context(tag("x"))
    with closing(Thing()) as thing:
        pass
    return t.log, b, n, thing.closed


# allowed: (["in", "ZeroDivisionError"], "<b>", 3, True)
