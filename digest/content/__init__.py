"""The files of a newsletter: the only reader of `content/`, and of rosters of subscribers."""
