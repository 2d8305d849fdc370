# keep: dates ids times
# What the monitors saw on both sides: what differs, then with everything, and too few runs for an interval.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway
"$SONDE" compare --series | sed -n '/^what the monitors/,$p'
"$SONDE" compare --series --all | sed -n '/^what the monitors/,$p'
"$SONDE" compare @last/proxy#1 @last/zero-copy#1 --series | sed -n '/^what the monitors/,$p'
"$SONDE" compare --json | python3 -c '
import json, sys
for row in json.load(sys.stdin)["series"]:
    print({key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()})'
