# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway
"$SONDE" flame before; echo "$?"
"$SONDE" flame @last -o -; echo "$?"
"$SONDE" flame @last b4s3/proxy; echo "$?"
"$SONDE" flame b4s3/proxy before; echo "$?"
"$SONDE" flame b4s3/proxy b4s3/zero-copy -o x.folded; echo "$?"
"$SONDE" flame -o x.pdf; echo "$?"
"$SONDE" flame -o x.pb.gz; echo "$?"
"$SONDE" flame a b c; echo "$?"
"$SONDE" flame b4s3/proxy -o no/such/folder.svg; echo "$?"
"$SONDE" flame --jsn; echo "$?"
ls
