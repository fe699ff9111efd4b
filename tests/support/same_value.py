"""Equal values of the same types, all the way down: what `==` alone does not tell."""


def spelled(value):
    """Return a text that two values share only when they are equal and of the same types, all the way down."""
    kind = type(value).__name__
    if isinstance(value, (list, tuple)):
        return f"{kind}({', '.join(map(spelled, value))})"
    if isinstance(value, (set, frozenset)):
        return f"{kind}({', '.join(sorted(map(spelled, value)))})"
    if isinstance(value, dict):
        return f"{kind}({', '.join(f'{spelled(key)}: {spelled(each)}' for key, each in value.items())})"
    return f"{kind}({value!r})"


def same(one, other):
    """Whether two values are equal and of the same types, all the way down."""
    return spelled(one) == spelled(other)
