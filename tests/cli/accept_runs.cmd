# keep: ids times
mask() { sed "s/ $(id -un)/ USER/" | tr -s " "; }
export COLUMNS=200
unset SUDO_USER
python3 "$DATA/store/make_history.py" "$SONDE_STORE" 100 90 100.1 100~SUSPECT 110x2
"$SONDE" accept h0000001 --note "first | good" | mask
echo "better:"
"$SONDE" accept h0000002 --note "the new allocator" | mask
echo "worse:"
"$SONDE" accept h0000003 --note "no"; echo "$?"
"$SONDE" accept h0000003 --note "correctness first" --force | mask
echo "with care:"
"$SONDE" accept h0000004 --note "calm enough" --force | mask
"$SONDE" accept --note "short" | mask
echo "again:"
"$SONDE" accept --note "the same, another reason" | mask
"$SONDE" track --log | mask
"$SONDE" track --log --json | grep -e is_present -e is_forced -e verdict_then
echo "as JSON:"
"$SONDE" accept --note "for a script" --json | grep -e schema -e runs -e '"note"'
