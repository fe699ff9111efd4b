"""What a flow's guards are compared with, behind the same `Controller`: the nearest trace, and two neural networks.

They are kept so that the claim can be checked (benchmarks/flows.py). No flow is made of them.
"""
