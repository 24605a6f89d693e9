"""The pages of jobs: what a person sees and does in a browser. Views parse, call a verb and render."""
