"""Results as text for people, plain lines for pipes, and JSON for programs."""
