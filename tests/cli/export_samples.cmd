# keep: ids
# Formats that hold samples: where they go, what they are, and that several arms make a file each.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway profile
"$SONDE" export r5 pprof
"$SONDE" export r5 firefox
"$SONDE" export r5 firefox -o r5.json
"$SONDE" export b4 -o x.pb.gz
"$SONDE" export b4 -o x.json.gz
"$SONDE" export b4 perf-script -o x.txt
"$SONDE" export b4 pprof -o -; echo "$?"
"$SONDE" export r5 pprof -o - | cmp - r5t6v7w8.pb.gz && echo the same
gzip -dc r5t6v7w8.json.gz | cmp - r5.json && echo the same
python3 -c 'import json
document = json.load(open("r5.json"))
print(document["meta"]["preprocessedProfileVersion"], [(t["name"], t["samples"]["length"]) for t in document["threads"]])'
ls
