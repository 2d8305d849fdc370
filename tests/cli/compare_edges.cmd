# keep: dates ids times ports
# No requests at all, all of them failed, ties everywhere, a run that is damaged.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway
change() { python3 -c "import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).executescript(sys.argv[2])" "$SONDE_STORE/sonde.db" "$1"; }
change "UPDATE metric SET value = 1000 WHERE name IN ('rate_rps', 'cpu_per_request')"
"$SONDE" compare --exit-code | sed -n '/CPU per/,/^INCON/p'; echo "$?"
change "UPDATE metric SET value = 0 WHERE name IN ('success_ratio', 'rate_rps', 'requests'); DELETE FROM metric WHERE name LIKE 'latency%' OR name = 'cpu_per_request'"
"$SONDE" compare; echo "$?"
change "UPDATE load_second SET response = x'00'"
"$SONDE" compare; echo "$?"
"$SONDE" compare --table; echo "$?"
