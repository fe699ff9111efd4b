from typing import TypedDict
class Movie(TypedDict, total=False):
    title: str
def f():
    return Movie(title="x")


# allowed: {"title": "x"}
