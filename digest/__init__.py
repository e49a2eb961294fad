"""digest: a newsletter that lives as files in git, sent with an account of every recipient."""

__version__ = "0.1.0"
