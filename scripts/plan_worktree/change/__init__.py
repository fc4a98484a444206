"""How every change begins (lock, recovery, facts), and how a killed one is finished or undone.

A command notes what it is about to do before it does it; the next command reads the note.
"""
