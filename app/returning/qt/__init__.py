"""The Qt side of `app.returning`."""
