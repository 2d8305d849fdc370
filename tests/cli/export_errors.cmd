# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single profile
"$SONDE" export; echo "$?"
"$SONDE" export @last; echo "$?"
"$SONDE" export @last foldd; echo "$?"
"$SONDE" export @last html; echo "$?"
"$SONDE" export @last -o x.csv; echo "$?"
"$SONDE" export @last locust; echo "$?"
"$SONDE" export before folded; echo "$?"
"$SONDE" export before pprof; echo "$?"
"$SONDE" export before locust -o -; echo "$?"
"$SONDE" export before sonde -o -; echo "$?"
"$SONDE" export before -o no/such/folder.sonde 2>&1 | sed 's/tmp\.[0-9]*/tmp/'
"$SONDE" export nothing folded; echo "$?"
ls
