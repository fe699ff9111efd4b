class A:
    def __getattr__(self, name):
        return 1
    def __del__(self):
        pass
    def __reduce__(self):
        return 1
    def __nothing__(self):
        return 1
    __dict__ = {}
    def __class_getitem__(cls, key):
        return cls


# refused: line 2: name '__getattr__' is not allowed: write a method
# refused: line 4: name '__del__'
# refused: line 6: name '__reduce__'
# refused: line 8: name '__nothing__' is not allowed: leave it out
# refused: line 10: name '__dict__'
# refused: line 11: name '__class_getitem__'
