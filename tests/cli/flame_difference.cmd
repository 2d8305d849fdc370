# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway profile
# what a picture says of itself: title, lines between and below the halves; frames of both
facts() { sed -n 's/.*<text[^>]*>\(▲[^<]*\|One run[^<]*\|[0-9]* runs[^<]*\)<.*/\1/p' "$1"; grep -c 'id="h' "$1"; grep -c 'id="b' "$1"; }
"$SONDE" flame b4s3/proxy b4s3/zero-copy -o runs.svg && facts runs.svg
"$SONDE" flame b4s3/proxy#1 b4s3/zero-copy#1 -o within.svg && facts within.svg
printf 'app;main;parse 60\napp;main;old 40\n' > before.folded
printf 'app;main;parse 90\napp;main;new 30\n' > after.folded
"$SONDE" flame before.folded after.folded -o shares.svg && facts shares.svg
"$SONDE" flame before.folded b4s3/proxy -o mixed.svg; echo "$?"
