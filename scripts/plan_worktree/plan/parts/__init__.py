"""What the parts of a stage's section say: files to change, gates, TODO items."""
