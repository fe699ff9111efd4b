"""Seeded task generators of many domains, whose answers are exact; `registry` makes questions and answers by name."""
