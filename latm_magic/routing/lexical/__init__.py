"""Today's router: compares a question's words, in order, with the wordings that each tool's questions show."""
