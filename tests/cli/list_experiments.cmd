# keep: dates ids times ports
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway profile broken
"$SONDE" list
"$SONDE" list -n 1
"$SONDE" export b4 -o one.sonde
"$SONDE" list --store one.sonde
