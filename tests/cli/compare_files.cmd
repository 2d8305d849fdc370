# keep: dates times ports
# The loads of other tools, files as they are: two of them, and many with sonde's own in one table.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" later
L="$DATA/load"
"$SONDE" compare "$L/wrk.txt" "$L/wrk2.txt" --exit-code; echo "$?"
"$SONDE" compare "$L/wrk.txt" "$L/hey.txt"
"$SONDE" compare "$L/locust_stats.csv" "$L/wrk.txt" "$L/wrk2.txt" "$L/hey.txt" "$L/hey_refused.txt" @last
mkdir before after
cp "$L"/locust_stats*.csv before; cp "$L/locust_stats.csv" after
"$SONDE" compare before/locust_stats.csv after/locust_stats.csv --table --markdown
"$SONDE" import before/locust_stats.csv "$L/wrk.txt"
"$SONDE" compare @-1 @last --table --json | python3 -c '
import json, sys
document = json.load(sys.stdin)
print(document["schema"], len(document["notes"]))
for row in document["rows"]:
    print({key: row[key] for key in row if key != "experiment"})'
