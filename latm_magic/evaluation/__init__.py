"""Measuring: tasks, methods that solve them, runs that can be interrupted, and the tables and plots drawn from them."""
