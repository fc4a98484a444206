"""Plans as tables and drawings, and what importing one or preparing a project for them did."""
