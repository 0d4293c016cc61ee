"""Property tests run the same examples everywhere, and no example is judged by its speed."""

from hypothesis import settings

settings.register_profile("evertill", deadline=None, derandomize=True, database=None)
settings.load_profile("evertill")
