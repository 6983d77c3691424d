"""A formula and its derivatives for people: as text, as LaTeX, as a Python function."""
