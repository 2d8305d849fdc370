# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" code gateway
"$SONDE" annotate; echo "$?"
"$SONDE" annotate write h5j6; echo "$?"
"$SONDE" annotate nothing h5j6; echo "$?"
"$SONDE" annotate sum.c:4-15 h5j6; echo "$?"
"$SONDE" annotate sum.c:11 h5j6; echo "$?"
"$SONDE" annotate sum h5j6 other; echo "$?"
"$SONDE" annotate sum h5j6 --asm --source; echo "$?"
"$SONDE" annotate sum h5j6 -M gas; echo "$?"
"$SONDE" annotate copy b4s3 | sed 's/^[0-9]* samples.*/quality/'; echo "$?"
"$SONDE" annotate sum b4s3; echo "$?"
