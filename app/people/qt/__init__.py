"""The Qt side of `app.people`."""
