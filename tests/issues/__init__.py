"""Whole issues as readers get them: kept, compared, looked at (email-and-pages §f)."""
