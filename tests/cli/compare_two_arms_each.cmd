# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway broken
"$SONDE" compare; echo "$?"
"$SONDE" compare before b4s3; echo "$?"
"$SONDE" compare b4s3/proxy b4s3/proxy#2; echo "$?"
