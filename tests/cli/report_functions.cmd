python3 "$DATA/store/make_store.py" "$SONDE_STORE" profile
"$SONDE" report
"$SONDE" report -n 1
"$SONDE" report --tree
