python3 "$DATA/store/make_store.py" "$SONDE_STORE" single
"$SONDE" note; echo "$?"
"$SONDE" note @last ' '; echo "$?"
"$SONDE" note nothing text; echo "$?"
"$SONDE" note @last
