"""The Qt side of `app.setup`."""
