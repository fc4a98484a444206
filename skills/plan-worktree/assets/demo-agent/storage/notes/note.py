"""What a note is, and how it looks in the terminal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """One note; it never changes. `created` is an ISO 8601 time in UTC."""

    title: str
    body: str = ""
    tags: tuple[str, ...] = ()
    created: str = ""

    def render(self) -> str:
        """Return the note as text for the terminal."""
        marks = " ".join(f"#{tag}" for tag in self.tags)
        heading = f"{self.title}  {marks}".rstrip()
        return f"{heading}\n{self.body}".rstrip()
