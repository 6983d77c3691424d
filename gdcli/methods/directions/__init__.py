"""Descent directions, each with its memory: what shape 1 of a method searches along."""
