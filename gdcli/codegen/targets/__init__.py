"""The forms that a `Program` is written out in: plain floats, and NumPy arrays."""
