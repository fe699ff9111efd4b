def f(:
    pass


# refused: line 1: this syntax (invalid syntax: def f(:) is not allowed: write valid Python
