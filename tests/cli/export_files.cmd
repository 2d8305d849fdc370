# keep: ids ports
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway profile
"$SONDE" export r5 folded
"$SONDE" export r5 -o r5.folded
"$SONDE" export b4 -o x.speedscope.json
"$SONDE" export before locust
"$SONDE" export b4 locust -o run
"$SONDE" export before -o before.json
"$SONDE" export b4 -o x.sonde && "$SONDE" export before -o x.sonde
ls
"$SONDE" list --store x.sonde
mv x.sonde.old old.sonde && "$SONDE" export old.sonde/proxy folded
