"""Flows: state machines of tool calls whose branches are learned from traces, verified, and run without a model."""
