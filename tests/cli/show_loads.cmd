# keep: dates ids times ports
# `run --load all`: a row a load, and where throughput stops rising. Then what bare sonde says of it.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" loads
COLUMNS=80 "$SONDE" show
"$SONDE"
