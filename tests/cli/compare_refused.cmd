# keep: dates ids times ports
# Another machine and another load: figures without verdicts, and with --anyway with them.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway
"$SONDE" export b4s3 -o other.sonde
sqlite="import sqlite3, sys; database = sqlite3.connect(sys.argv[1], isolation_level=None); database.executescript(sys.argv[2])"
python3 -c "$sqlite" other.sonde "UPDATE run SET experiment = 'h8j9k2m3'; UPDATE experiment SET id = 'h8j9k2m3', environment = json_set(environment, '\$.host', 'elsewhere', '\$.kernel', '6.99')"
"$SONDE" compare b4s3/proxy other.sonde/proxy --exit-code; echo "$?"
"$SONDE" compare b4s3/proxy other.sonde/zero-copy --anyway --exit-code --primary latency_p99; echo "$?"
"$SONDE" compare b4s3/proxy other.sonde/proxy --json | python3 -c '
import json, sys
document = json.load(sys.stdin)
print(document["verdict"], document["why_none"])
print(document["differences"])'
"$SONDE" compare --primary latency_p9; echo "$?"
"$SONDE" compare b4s3 -o shift.png; echo "$?"
"$SONDE" compare b4s3 -o shift.svg; head -c 60 shift.svg; echo
