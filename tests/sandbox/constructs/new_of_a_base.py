class Single:
    _one = None
    def __new__(cls, *arguments):
        if cls._one is None:
            cls._one = object.__new__(cls)
        return cls._one
class Upper(str):
    def __new__(cls, text):
        return str.__new__(cls, text.upper())
class Other:
    def __new__(cls):
        return Upper("x")
def f():
    try:
        Other()
    except Exception as error:
        refused = str(error)
    return Single() is Single(1), str(Upper("a")), refused


# allowed: (True, "A", "`__new__` of 'Other' must give an instance of it: write a plain function for others")
