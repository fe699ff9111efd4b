from typing import NamedTuple
class Slot(NamedTuple):
    start: int
    end: int = 9
    @property
    def length(self):
        return self.end - self.start
def f():
    slot = Slot(3)
    return slot.length, slot._replace(end=5), tuple(slot)


# allowed: (6, (3, 5), (3, 9))
