def f(x):
    x.__dict__, x.__subclasses__(), x.gi_frame, x.__weird__
    x.__dict__ = {}
    x.tb_next = 1
    del x.__class__
    f.__name__ = "g"


# refused: line 2: attribute '__dict__' is not allowed: name the attributes that you need
# refused: line 2: attribute '__subclasses__'
# refused: line 2: attribute 'gi_frame'
# refused: line 2: attribute '__weird__'
# refused: line 3: setting attribute '__dict__'
# refused: line 4: setting attribute 'tb_next'
# refused: line 5: setting attribute '__class__'
# refused: line 6: setting attribute '__name__' is not allowed: use functools.wraps
