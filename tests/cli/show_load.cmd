# keep: dates ids times ports
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single
"$SONDE" show before
