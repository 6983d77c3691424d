"""Trust-region subproblems: minimise a model within a radius."""
