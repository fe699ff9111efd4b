"""For each generated task a tool as a careful maker would write it: a strict parser and a function; read as text."""
