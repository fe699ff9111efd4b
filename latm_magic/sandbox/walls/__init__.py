"""What the operating system enforces around a worker: limits, privileges, Landlock, seccomp."""
