"""The Qt side of `app.conflicts`."""
