"""Making a tool: propose, check, verify, repair."""
