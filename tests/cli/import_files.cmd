# keep: times
# perf.data in all its forms. Its program is not here: frames keep module and address.
for name in fp zstd dwarf pipe events threads; do
	"$SONDE" import "$DATA/import/$name.data" 2>/dev/null | sed -n 's/^[0-9a-z]\{8\} /ID /p'
done
"$SONDE" list --json | grep -c '"kind": *"import"'
cat "$DATA/import/fp.data" | "$SONDE" flame - -o piped.folded
"$SONDE" flame "$DATA/import/fp.data" -o file.folded
cmp piped.folded file.folded
head -c 6000 "$DATA/import/fp.data" > cut.data
"$SONDE" flame cut.data -o cut.folded
head -c 2500 "$DATA/import/fp.data" > shorter.data
"$SONDE" flame shorter.data -o shorter.folded
