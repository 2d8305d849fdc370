# keep: ids
python3 "$DATA/store/make_history.py" "$SONDE_STORE" 100 100!failed
try() { "$SONDE" track "$@"; echo "$?"; }
try nothing
try --no-run --kv --json
try --no-run --repeat 3
try --no-run --metrics p99_m
try --no-run --metrics ,
try --no-run --delta 100
try --log --kv
try a b
mkdir plan && printf 'name: x\nservices: [{name: a, command: ./a}]\n' >plan/sonde.yaml
try plan
try plan/sonde.yaml --no-run
try --log
try --log other
"$SONDE" accept h0000001 --note "first" >/dev/null
"$SONDE" rm h0000001 --force
try h0000002 | tail -3
try @last --repeat 3
try --log --var port=1
