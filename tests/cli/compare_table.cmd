# keep: dates ids times ports
# A row each: arms, what cannot be read, outputs.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway single later
"$SONDE" compare --table
"$SONDE" compare b4s3 before @last/nothing broken.txt; echo "$?"
"$SONDE" compare nothing nobody none; echo "$?"
"$SONDE" compare b4s3 --table -o table.md; cat table.md
"$SONDE" compare b4s3 --table -o table.txt >/dev/null; cat table.txt
"$SONDE" compare b4s3 --table -o table.svg; echo "$?"
