"""The sync chip and panel, joining a server."""
