"""The text of a plan as HTML: Markdown, comments and tables, and nothing of it more than text."""
