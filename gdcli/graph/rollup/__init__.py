"""Long scalar formulas whose terms repeat one shape, as sums over arrays."""
