# keep: dates ids times
# Monitors for other tools: OpenMetrics and CSV, and that several arms make a file each.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway machine
"$SONDE" export q2r7 openmetrics | grep -v '^sonde_.*00$' 
"$SONDE" export q2r7 openmetrics | grep -A 6 '^# TYPE sonde_process_switches_voluntary'
"$SONDE" export q2r7 openmetrics | tail -n 2
"$SONDE" export q2r7 series-csv | head -n 4
"$SONDE" export b4s3/proxy series-csv | grep process.rss | head -n 3
"$SONDE" export b4s3 openmetrics 2>&1; echo "$?"
"$SONDE" export b4s3 openmetrics -o all.txt
"$SONDE" export b4s3 series-csv -o all.csv
ls
