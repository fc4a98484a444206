"""What people and programs read: tables, progress, JSON, annotations.

Only this room writes to a terminal. ``rich`` is imported where a person looks on, never for a pipe.
"""
