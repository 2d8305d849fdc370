# keep: ids ports
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway profile broken
mkdir "$SONDE_STORE/output"
touch "$SONDE_STORE/output/b4s3r6n8.1.gateway.log" "$SONDE_STORE/output/b4s3r6n8.proxy.svg" "$SONDE_STORE/output/m2n3p4q5.log"
"$SONDE" rm @last @-2 b4s3
ls "$SONDE_STORE/output"
"$SONDE" rm before @last
"$SONDE" list
