"""What crosses between host and worker: plain values as typed JSON in frames, and what both sides agree on."""
