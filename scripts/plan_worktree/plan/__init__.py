"""Text becomes a document (positions kept), then a plan with stages and sections; no git."""
