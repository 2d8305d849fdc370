# keep: ids times
unset SUDO_USER
mask() { sed "s/ $(id -un)/ USER/" | tr -s " "; }
export COLUMNS=200
python3 "$DATA/store/make_history.py" "$SONDE_STORE" 100 115
"$SONDE" accept h0000001 --note "first" >/dev/null
"$SONDE" track --no-run --kv 2>&1; echo "$?"
"$SONDE" track --no-run --kv --metrics cpu_us_per_request,p99_ms 2>/dev/null
"$SONDE" track --no-run --markdown --metrics cpu_per_request | mask
"$SONDE" track --no-run --json | grep -e schema -e '"answer"' -e sentence -e why_no -e '"note"'
"$SONDE" track --no-run --json=out.json; echo "$?"; ls
