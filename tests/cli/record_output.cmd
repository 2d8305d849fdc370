# record -o: the suffix chooses the format, an earlier file is kept, and standard output stays the command's.
"$SONDE" record -- true 2> why || { cat why >&2; exit 77; }
rm why
for file in x.svg x.folded x.speedscope.json x.pb.gz x.json.gz x.sonde; do
	"$SONDE" record -q -o "$file" -- sh -c 'echo said; exit 3' 2> said.err; echo "$?"
	grep '^wrote' said.err
done
"$SONDE" record --call-graph none -o x.svg true 2> said.err; echo "$?"
grep '^wrote' said.err; rm said.err
ls
"$SONDE" list --store x.sonde | sed -n 's/.* record .*/a record/p'
"$SONDE" record -o no/such/folder.svg -- true 2> said.err; echo "$?"
tail -n 1 said.err
