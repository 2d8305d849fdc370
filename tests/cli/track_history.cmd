# keep: ids dates times
# A step, runs that do not count, another kernel before all that; then a corrupt run.
python3 "$DATA/store/make_history.py" "$SONDE_STORE" 90@5.10 100 100.3 99.8 100.1 100!failed 99.9 100.2 100%there 100 99.7 \
	108.1 108 107.8 108.2 107.9 108
"$SONDE" track --no-run --metrics cpu_per_request; echo "$?"
python3 - "$SONDE_STORE/sonde.db" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE experiment SET environment='not JSON' WHERE id='h0000004'")
db.execute("DELETE FROM metric WHERE run IN (SELECT key FROM run WHERE experiment='h0000005')")
db.commit()
PYTHON
"$SONDE" track --no-run --metrics cpu_per_request | grep -e "left out" -e confirmed
