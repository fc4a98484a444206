"""Tests of the note-taker."""
