import math
if __name__ == "__main__":
    import sys
    print(open(sys.argv[1]).read())
else:
    loaded = True
def f():
    return __name__, loaded


# allowed: ("tool", True)
