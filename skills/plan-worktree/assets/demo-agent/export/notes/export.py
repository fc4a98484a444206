"""All notes as one Markdown document."""

from notes.storage import NoteStore


def to_markdown(store: NoteStore) -> str:
    """Return a document with every note, the oldest first."""
    parts = ["# Notes"]
    for note in sorted(store.all(), key=lambda note: note.created):
        parts.append(f"## {note.title}")
        if note.tags:
            parts.append("Tags: " + ", ".join(note.tags))
        if note.body:
            parts.append(note.body)
    return "\n\n".join(parts) + "\n"
