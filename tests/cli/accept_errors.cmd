# keep: ids
python3 "$DATA/store/make_history.py" "$SONDE_STORE" 100 100!failed 100!interrupted 100~REFUSED 100+2
try() { "$SONDE" accept "$@"; echo "$?"; }
try
try --note "  "
try --note "two
lines"
try h0000002 --note x
try h0000003 --note x
try h0000004 --note x
try h0000001.2 --note x
try @last/proxy#1 --note x
try nothing --note x
try h0000001 h0000002 --note x
touch file.json
try file.json --note x
try @last/zero-copy --note "one arm"
python3 "$DATA/store/make_store.py" other single
try --store other --note x
"$SONDE" track --log --json | grep -c experiment
