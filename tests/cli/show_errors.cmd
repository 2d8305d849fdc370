# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway
"$SONDE" show befor; echo "$?"
"$SONDE" show @lst; echo "$?"
"$SONDE" show @-5; echo "$?"
"$SONDE" show @last/proxi; echo "$?"
"$SONDE" show @last/proxy#9; echo "$?"
"$SONDE" show file.sonde; echo "$?"
"$SONDE" show a b; echo "$?"
"$SONDE" show --al; echo "$?"
echo 'this is not a database, whatever its name says' >bad.sonde
"$SONDE" show bad.sonde; echo "$?"
