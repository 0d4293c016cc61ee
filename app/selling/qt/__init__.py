"""The Qt side of `app.selling`."""
