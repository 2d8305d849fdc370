# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway
for run in before @last @last/proxy#2; do
	"$SONDE" show "$run" --json | python3 -c '
import json, sys
document = json.load(sys.stdin)
runs = document["runs"]
print(document["schema"], len(runs), runs[0], document["load"]["requests"], document["environment"]["host"])'
done
