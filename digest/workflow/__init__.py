"""The life of a mailing. A use case is a frozen dataclass of its ports with one method, `run`."""
