"""Values as a supplier writes them: decided per column over the whole file, and rewritten before
they are validated."""
