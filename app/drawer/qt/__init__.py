"""The Qt side of `app.drawer`."""
