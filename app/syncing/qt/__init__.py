"""The Qt side of `app.syncing`."""
