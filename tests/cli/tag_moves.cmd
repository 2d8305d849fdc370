# keep: ids ports
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway
"$SONDE" tag @last good
"$SONDE" tag @-1 good
"$SONDE" tag @last/proxy slow
"$SONDE" tag b4s3/proxy#2 one
"$SONDE" tag b4s3r6n8.1 first
"$SONDE" tag one same
"$SONDE" tag
"$SONDE" tag -d slow && "$SONDE" tag -d before
"$SONDE" tag | cut -d' ' -f1
