# keep: dates ids times ports
# The formats of loads: what begins them, where they go, and that several arms make a file each.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" open loads
"$SONDE" export p3q4 wrk
"$SONDE" export p3q4 wrk2 | head -n 20
"$SONDE" export p3q4 seconds
"$SONDE" export p3q4 hgrm | head -n 5
"$SONDE" export p3q4 hlog | sed "s,HISTF.*,HISTF…,"
"$SONDE" export p3q4 hlog -o x.hlog
"$SONDE" export p3q4 -o x.hlog
"$SONDE" export v2w3 -o all.hgrm
"$SONDE" export v2w3 wrk 2>&1; echo "$?"
ls
