# keep: dates ids times ports
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single later
"$SONDE" compare
"$SONDE" compare before --json | grep -e '^  "base"' -e '^  "head"'
"$SONDE" compare before @last --exit-code >/dev/null; echo "$?"
"$SONDE" compare before @last --all | sed -n '/^quality/,$p'
