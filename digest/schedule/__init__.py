"""Wall-clock slots with time zones and clock changes. Pure; the database decides what fires."""
