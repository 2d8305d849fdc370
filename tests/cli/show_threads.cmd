# keep: dates ids times
python3 "$DATA/store/make_store.py" "$SONDE_STORE" machine single
"$SONDE" show q2r7 --threads
"$SONDE" show before --threads | tail -n 2
