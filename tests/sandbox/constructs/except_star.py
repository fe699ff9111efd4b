def f():
    try:
        pass
    except* ValueError:
        pass


# refused: line 2: except* is not allowed: write a plain `except`
