"""What a plan's stages go through in git: each command computes its steps, then executes them."""
