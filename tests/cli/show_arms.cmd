# keep: dates ids times
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway
"$SONDE" show
