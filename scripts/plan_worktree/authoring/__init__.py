"""Plans are written, checked and brought to a project: new, validate, fix, init, demo."""
