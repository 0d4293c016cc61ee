"""The window around the features: navigation, top bar, help."""
