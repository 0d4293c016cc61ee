"""The Qt side of `app.receipts`."""
