# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway
"$SONDE" export @last -o file.sonde
"$SONDE" tag @last/proxy arm
for word in nothing @last/proxy @last#1 b4s3r6n8.3 arm file.sonde; do
	"$SONDE" rm m2n3p4q5 "$word"
	echo "$?"
done
"$SONDE" rm; echo "$?"
"$SONDE" list --json | grep '"id"'
