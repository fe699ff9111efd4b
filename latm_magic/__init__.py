"""Turn repeated questions to language models into verified Python tools, in your notebook."""
