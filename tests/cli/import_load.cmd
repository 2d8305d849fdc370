# keep: times ids
# Results of other load generators, by their content; each command copes with what has no profile and no histogram.
cp "$DATA"/load/locust_stats.csv a.data; cp "$DATA"/load/wrk.txt b
"$SONDE" import a.data b "$DATA/load/locust_stats.csv" - < "$DATA/load/hey.txt" 2>&1 | sed 's/^[0-9a-z]\{8\}  /ID  /'
"$SONDE" show @-1 | sed -n '/^metric/,/^figures/p'
"$SONDE" report @last; echo "$?"
"$SONDE" flame @last -o x.svg; echo "$?"
"$SONDE" export @last wrk; echo "$?"
"$SONDE" export @last folded; echo "$?"
for bad in '' 'Type,Name,Request Count,Failure Count,Average Response Time,Requests/s' 'Timestamp,User Count,Type,Name,Requests/s' \
	'Method,Name,Error,Occurrences' 'Running 2s test @ http://127.0.0.1/'; do
	printf '%s\n' "$bad" | "$SONDE" import -; echo "$?"
done
