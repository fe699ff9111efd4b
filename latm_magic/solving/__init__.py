"""Questions to answers: repeats, parsers, models, one step after the other, for a batch of any size."""
