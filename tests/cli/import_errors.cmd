"$SONDE" import; echo "$?"
"$SONDE" import missing.data; echo "$?"
echo '{"a": 1}' > some.json
"$SONDE" import some.json; echo "$?"
"$SONDE" flame some.json; echo "$?"
printf '2ELIFREP\0\0\0\0\0\0\0\150' > other.data
"$SONDE" flame other.data; echo "$?"
: > empty.data
"$SONDE" report empty.data; echo "$?"
printf '\t10 f (/x)\n\n\t20 g (/x)\n' > frames.txt
"$SONDE" flame frames.txt; echo "$?"
printf '\037\213\010\000' > x.gz
"$SONDE" report x.gz; echo "$?"
head -c 50 "$DATA/import/fp.data" > short.data
"$SONDE" report short.data; echo "$?"
