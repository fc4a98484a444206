"""One module a format: each recognises its sources and reads them into tasks."""
