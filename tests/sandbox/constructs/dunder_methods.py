class V:
    def __init__(self, *xs):
        self._xs = list(xs)
    def __repr__(self): return f"V{tuple(self._xs)}"
    __str__ = __repr__
    def __eq__(self, o): return self._xs == o._xs
    def __hash__(self): return hash(tuple(self._xs))
    def __len__(self): return len(self._xs)
    def __iter__(self): return iter(self._xs)
    def __getitem__(self, i): return self._xs[i]
    def __setitem__(self, i, v): self._xs[i] = v
    def __delitem__(self, i): del self._xs[i]
    def __contains__(self, x): return x in self._xs
    def __call__(self, x): return x * 2
    def __add__(self, o): return V(*(a + b for a, b in zip(self, o)))
    __radd__ = __add__
    def __neg__(self): return V(*(-x for x in self))
    def __bool__(self): return bool(self._xs)
    def __lt__(self, o): return self._xs < o._xs
    def __format__(self, spec): return "fmt" + spec
class It:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 2: raise StopIteration
        return self.n
class D(dict):
    def __missing__(self, key): return key * 2
def f():
    v = V(1, 2)
    v[0] = 5
    del v[1]
    return str(v), v == V(5), len(v), 5 in v, v(3), v + V(1), -v, bool(V()), v < V(9), f"{v:x}", list(It()), D()["a"], {V(1): 1}[V(1)], sorted([V(2), V(1)]), v.__len__(), (1).__add__(2)


# allowed: ("V(5,)", True, 1, True, 6, "repr:V(6,)", "repr:V(-5,)", False, True, "fmtx", [1, 2], "aa", 1, ["repr:V(1,)", "repr:V(2,)"], 1, 3)
