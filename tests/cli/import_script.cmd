# What perf script prints, folded: byte for byte as stackcollapse-perf.pl folds it. From a file, a pipe, and through the store.
"$SONDE" flame "$DATA/import/script.txt" -o script.folded && cmp script.folded "$DATA/import/script.folded"
"$SONDE" flame - -o stdin.folded < "$DATA/import/script.txt" && cmp stdin.folded script.folded
cat "$DATA/import/script.txt" | "$SONDE" flame - -o pipe.folded && cmp pipe.folded script.folded
"$SONDE" import "$DATA/import/script.txt" 2>&1 | sed 's/^[0-9a-z]\{8\} /ID /'
"$SONDE" export @last folded | cmp - script.folded
# … and folded stacks are read as they were written, but for the marks of other tools
sed "s/_\[i\]//g" script.folded > plain.folded
"$SONDE" flame script.folded -o again.folded && cmp again.folded plain.folded
