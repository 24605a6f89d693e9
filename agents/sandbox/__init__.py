"""Where code that is not ours runs: bounded, watched, and gone when its keeper is gone."""
