"""The Qt side of `app.paying`."""
