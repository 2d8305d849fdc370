# keep: ids times
# The baseline against the same, better, worse, too few, incomparable, and none.
unset SUDO_USER
mask() { sed "s/ $(id -un)/ USER/" | tr -s " "; }
export COLUMNS=200
python3 "$DATA/store/make_history.py" "$SONDE_STORE" 100 100.1 80 120 100x2 100%there
"$SONDE" track h0000001; echo "$?"
"$SONDE" accept h0000001 --note "first" >/dev/null
for run in h0000002 h0000003 h0000004 h0000005 h0000006 h0000001; do
	"$SONDE" track "$run" >out; status=$?
	sed -n '/^[A-Z ]*$/,$p' out | mask
	echo "$status"
done
"$SONDE" track h0000004 | mask
