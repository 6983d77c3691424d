"""Update rules: how x moves, given a gradient and a learning rate."""
