"""The Qt side of `app.catalogue`."""
