"""Signing in, switching users, the audit log."""
