"""The Qt side of `app.customers`."""
