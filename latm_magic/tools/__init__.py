"""One tool at work: the function you call, how its code is run, and the user model that fills in a call."""
