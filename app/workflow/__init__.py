"""Review chains: their definition and the pure rules by which a declaration moves along them."""
