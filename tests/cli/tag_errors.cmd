# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway
"$SONDE" export @last -o file.sonde
for name in @last v1.2 a/b '' b4s3r6n8 b4 "$(printf %065d 0)"; do
	"$SONDE" tag @last "$name"
	echo "$?"
done
"$SONDE" tag -d nothing; echo "$?"
"$SONDE" tag nothing good; echo "$?"
"$SONDE" tag file.sonde good; echo "$?"
"$SONDE" tag @last; echo "$?"
"$SONDE" tag -d a b; echo "$?"
"$SONDE" tag
