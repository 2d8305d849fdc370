# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" code
"$SONDE" annotate sum
"$SONDE" annotate next h5j6 --asm | sed 1,3d
"$SONDE" annotate sum.c:12 --asm -M intel | sed 1,3d | head -8
"$SONDE" annotate checksum!sum --source --all | sed 1,4d | head -4
"$SONDE" annotate libc.so.6+0x9a3f0 | sed 1,3d
"$SONDE" annotate sum --module libc.so.6 --asm | sed 1,5d
"$SONDE" annotate sum --json | python3 -c '
import json, sys
document = json.load(sys.stdin)
print(document["schema"], document["function"], document["self"], document["total"])
for row in document["code"][0]["instructions"]:
    print(row["svma"], row["text"], row["function"], row["line"], row["self"])'
