"""What guest source may say: the allow-list and the compiler that refuses the rest, with advice."""
