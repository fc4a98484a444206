"""A note-taker for the terminal."""
