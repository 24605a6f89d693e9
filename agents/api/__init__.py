"""What every REST view stands on: who asks, in whose rows, and how a refusal is told."""
