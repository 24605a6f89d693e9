"""Which waiting job starts next, where, and why the others wait: pure values, no I/O, no clock of its own."""
