# keep: ids
python3 "$DATA/store/make_history.py" "$SONDE_STORE" 100 100 100
"$SONDE" accept h0000001 --note "first" >/dev/null
"$SONDE" accept h0000002 --note "second" >/dev/null
"$SONDE" rm h0000003 h0000002; echo "$?"
"$SONDE" rm h0000001; echo "$?"
"$SONDE" rm h0000002 --force; echo "$?"
"$SONDE" track --log --json | grep -e '"experiment"' -e is_removed -e is_present
"$SONDE" track --no-run | tail -3
