"""The tools `files.*`: text files in the job's own directory and in those that were granted to it."""
