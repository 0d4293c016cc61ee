"""First run, settings, journal, recovery sheet."""
