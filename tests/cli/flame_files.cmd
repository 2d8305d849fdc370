# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway profile
"$SONDE" flame && "$SONDE" flame && ls
rm -f flame*
"$SONDE" flame b4s3 && "$SONDE" flame b4s3 -o out.folded && ls
"$SONDE" flame b4s3/proxy -o - | grep -c '</svg>'
"$SONDE" flame b4s3/proxy b4s3/zero-copy -o difference.svg && grep -c '</svg>' difference.svg
"$SONDE" flame @last -o out.folded && cat out.folded && ls
