# keep: dates ids times ports
python3 "$DATA/store/make_store.py" "$SONDE_STORE" broken
mkdir "$SONDE_STORE/output" && touch "$SONDE_STORE/output/x7y8z9a2.1.gateway.log"
"$SONDE" show
