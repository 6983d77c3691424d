"""The parts of `build`: from the tree of a formula to the graph, one subject a file."""
