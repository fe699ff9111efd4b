"""Using tools: the object you call, the dispatcher, the user model, batches."""
