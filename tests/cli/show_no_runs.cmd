# keep: dates ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" empty
"$SONDE"
"$SONDE" show | grep -v -e machine -e settings
for words in report flame compare "export @last locust" "export @last json" "tag @last nothing" "note @last why"; do
	"$SONDE" $words; echo "$?"
done
"$SONDE" rm @last
