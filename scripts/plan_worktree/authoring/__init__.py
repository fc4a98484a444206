"""Plans are written, imported, checked and brought to a project: new, import, validate, init."""
