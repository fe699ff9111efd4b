def f(x):
    x.format += 1
    x.obj += 1


# refused: line 2: augmented assignment to '.format'
# refused: line 3: augmented assignment to '.obj'
