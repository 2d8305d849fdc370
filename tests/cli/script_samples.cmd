# perf script's text: of a run, with processes, of an arm, and in the file of an export.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway profile
"$SONDE" script r5 | head -n 9
"$SONDE" script -i r5 -F +pid | tail -n 4
"$SONDE" script b4/proxy | grep -c "cpu-clock: $"
"$SONDE" export r5 perf-script > x.txt && "$SONDE" script r5 | cmp - x.txt && echo the same
"$SONDE" script r5 | awk '/cpu-clock/ {print $4}' | sort -c && echo in order
