"""The tool loop: a model that calls tools as it sees fit until it has an answer, within bounds, each step on record."""
