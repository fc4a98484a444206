"""A plan as one HTML page: nothing is loaded, nothing runs, and whatever the plan holds is text."""
