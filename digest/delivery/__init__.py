"""SMTP: how a message leaves, what the server's answers mean, and where mail goes without one."""
