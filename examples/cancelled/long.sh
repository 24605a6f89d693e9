# A long piece of work that says how far it is: one percent each fifth of a second, twenty seconds in all.
# Told to stop, it ends at once. Ends by itself with exit code 0, if nobody stops it.
trap 'echo "Told to stop: putting the tools away."; exit 143' TERM
percent=0
while [ "$percent" -lt 100 ]; do
    percent=$((percent + 1))
    echo "::progress $percent sleeper $percent of 100"
    sleep 0.2 &
    wait $!
done
echo "All sleepers are laid."
