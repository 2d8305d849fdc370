# Which settings there are, in their order, and what each says; the values are the machine's.
"$SONDE" tune --json | python3 -c '
import json, sys
document = json.load(sys.stdin)
print(document["schema"], sorted(document))
for item in document["settings"]:
    assert item["state"] in ("quiet", "set", "noisy", "advice", "kept", "absent"), item
    assert (item["wanted"] is not None) == (item["state"] == "noisy"), item
    assert (item["value"] is None) == (item["state"] == "absent"), item
    print(item["name"], sorted(item))
'
test -e "$SONDE_STORE" && echo "a store was made"
true
