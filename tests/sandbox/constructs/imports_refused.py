"""Several imports that are refused."""
from math import *
from . import other
from math import _private
from collections import UserString
import math as _x_
from __future__ import annotations as a
from re import enum


# refused: line 2: 'from math import *' is not allowed: name what you import
# refused: line 3: relative import
# refused: line 4: import of 'math._private' is not allowed: use the public names
# refused: line 5: import of 'collections.UserString' is not allowed: the module gives
# refused: line 6: name '_x_'
# refused: line 7: import of '__future__.annotations'
# refused: line 8: import of 're.enum'
