"""Notes are found again."""

from notes.note import Note
from notes.storage import NoteStore


def find(store: NoteStore, words: str = "", tag: str = "") -> tuple[Note, ...]:
    """Return the notes that have the words, in any case, and the tag; the newest first."""
    wanted = words.casefold()
    hits = (
        note
        for note in store.all()
        if wanted in f"{note.title}\n{note.body}".casefold() and (not tag or tag in note.tags)
    )
    return tuple(sorted(hits, key=lambda note: note.created, reverse=True))
