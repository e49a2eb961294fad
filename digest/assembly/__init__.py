"""Who gets what: pure functions over content, profiles and what was sent."""
