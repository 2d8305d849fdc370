# keep: dates ids times ports
# An open loop on a terminal of 80 columns: response and service times, lower bounds, the generator's part.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" open
COLUMNS=80 "$SONDE" show
