"""Settings -> App: where parts are chosen and joined, and nowhere else."""

from digest.bootstrap.app import App, bootstrap

__all__ = ["App", "bootstrap"]
