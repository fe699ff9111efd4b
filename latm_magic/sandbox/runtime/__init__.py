"""What guest code holds while it runs: its builtins, guarded attributes, classes and module proxies."""
