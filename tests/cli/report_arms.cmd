python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway
"$SONDE" report --tree
"$SONDE" report @last/zero-copy --tree
"$SONDE" report --json=report.json && echo written
