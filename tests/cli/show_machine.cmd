# keep: dates ids times
# What the lenses saw: peaks with their time, what a request took, counters, lenses with their cost.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" machine
"$SONDE" show | sed -n '/^monitors/,/^runs/p'
"$SONDE" show --all | sed -n '/^monitors/,/^counters/p'
