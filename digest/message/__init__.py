"""An edition becomes wire bytes once; per recipient only what is personal is filled in."""
