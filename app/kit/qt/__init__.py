"""The Qt side of `app.kit`."""
