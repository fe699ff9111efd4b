"""Which tool is a question for: the router's Protocol, the project's router, and questions that no tool fits."""
