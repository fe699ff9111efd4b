"""What guest code may say: the allowlist, and the compiler that refuses the rest, with advice."""
