# keep: ids times
unset SUDO_USER
mask() { sed "s/ $(id -un)/ USER/" | tr -s " "; }
export COLUMNS=200
python3 "$DATA/store/make_history.py" "$SONDE_STORE" 100+2 100.1+2 100
"$SONDE" accept h0000001 --note "both" >/dev/null
"$SONDE" track h0000002 --metrics cpu_per_request | mask; echo "$?"
"$SONDE" track h0000002/zero-copy --kv --metrics cpu_per_request 2>/dev/null; echo "$?"
echo "one arm alone:"
"$SONDE" accept h0000001/proxy --note "only this" >/dev/null
"$SONDE" track h0000002 --metrics cpu_per_request | mask; echo "$?"
"$SONDE" track h0000003 --kv --metrics cpu_per_request; echo "$?"
