"""What is recorded of stages, for what must answer at once: no Markdown parser, three gits at most.

Whoever imports this room waits for little more than Python itself, so it imports no other room
of `state/`, and no module that takes long to import.
"""
