# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway
"$SONDE" script b4; echo "$?"
"$SONDE" script before; echo "$?"
"$SONDE" script -F ip,sym b4/proxy; echo "$?"
"$SONDE" script a b; echo "$?"
"$SONDE" script -i a b; echo "$?"
