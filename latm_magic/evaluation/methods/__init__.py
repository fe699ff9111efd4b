"""The methods that are compared, each a small class behind the Protocol of `method.py`; `registry.py` names them."""
