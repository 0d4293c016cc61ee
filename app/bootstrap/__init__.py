"""The one composition root: opens the parts, joins them, and closes them in reverse order."""
