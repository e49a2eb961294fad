"""What is measured. Benchmarks are not tests: they print, and a person compares."""
