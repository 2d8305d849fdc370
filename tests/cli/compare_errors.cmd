# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single
"$SONDE" compare; echo "$?"
"$SONDE" compare before; echo "$?"
"$SONDE" compare before @last; echo "$?"
"$SONDE" compare before nothing; echo "$?"
for delta in 0 100 x %; do "$SONDE" compare --delta $delta; echo "$?"; done
"$SONDE" compare a b c; echo "$?"
