"""What a plan tells whoever builds a stage, in bounded form, and whether that has changed."""
