"""What is compared: each module makes one queue run the same no-op work."""
