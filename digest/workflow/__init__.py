"""The life of a mailing. Each use case is a frozen dataclass of its ports with one method, `run`."""
