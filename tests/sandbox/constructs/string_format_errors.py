def attempt(template, *arguments):
    try:
        return template.format(*arguments)
    except Exception as error:
        return type(error).__name__
def f():
    return [attempt(t, [1]) for t in ("{", "{0.x", "{0.nothing}", "{0[0]x}", "{0[}", "{0[0]}", "{0!z}", "{5.a}")]


# allowed: ["ValueError", "ValueError", "AttributeError", "ValueError", "ValueError", "1", "ValueError", "IndexError"]
