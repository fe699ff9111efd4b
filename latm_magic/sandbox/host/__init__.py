"""Your side of the trust boundary: starts workers, hands rows out, reads what comes back and trusts none of it."""
