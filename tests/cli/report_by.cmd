# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" code gateway
for by in function module file line thread; do
	echo "--by $by"
	"$SONDE" report h5j6 --by "$by" | sed 1,4d
done
echo "--callers, --callees"
"$SONDE" report h5j6 --callers next | sed 1,4d
"$SONDE" report h5j6 --callees sum | sed 1,4d
echo "--lines"
"$SONDE" report h5j6 --lines sum.c:10-15 | sed 1,4d
echo "of an arm that lacks it"
"$SONDE" report b4s3 --callers copy
echo "errors"
"$SONDE" report h5j6 --callers write; echo "$?"
"$SONDE" report h5j6 --callers nothing; echo "$?"
"$SONDE" report h5j6 --lines sum.c; echo "$?"
"$SONDE" report h5j6 --lines other.c:1-9; echo "$?"
"$SONDE" report h5j6 --by colour; echo "$?"
"$SONDE" report h5j6 --tree --by file; echo "$?"
