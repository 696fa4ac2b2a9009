"""A synthetic province as large as a real one, for measuring; loaded by COPY in minutes."""
