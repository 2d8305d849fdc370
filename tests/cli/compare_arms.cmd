# keep: dates ids times
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway
"$SONDE" compare --exit-code
"$SONDE" compare @last/zero-copy @last/proxy --exit-code >/dev/null; echo "$?"
"$SONDE" compare @last/proxy @last/zero-copy --exit-code --delta 30% >/dev/null; echo "$?"
"$SONDE" compare @last/proxy#1 @last/zero-copy#1 --exit-code >/dev/null; echo "$?"
"$SONDE" compare @last/proxy#1 @last/zero-copy#1 >/dev/null; echo "$?"
