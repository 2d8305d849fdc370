python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway
"$SONDE" compare --json | python3 -c '
import json, sys
document = json.load(sys.stdin)
print(document["schema"], document["base"], document["head"], document["primary"], document["verdict"])
for metric in document["metrics"]:
    if metric["name"] in ("rate_rps", "cpu_per_request"):
        print(metric["name"], metric["n_base"], metric["n_head"], round(metric["ratio"], 3), metric["verdict"])'
