"""`python -m config` is the `interlock` command, for where no script was installed."""

from config.cli import main

main()
