# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single broken
"$SONDE" report; echo "$?"
"$SONDE" report before; echo "$?"
"$SONDE" report nothing; echo "$?"
"$SONDE" report @last/prox; echo "$?"
"$SONDE" report m2n3p4q5.2; echo "$?"
"$SONDE" report before @last; echo "$?"
"$SONDE" report -n 0; echo "$?"
"$SONDE" report -- x; echo "$?"
