# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" code
"$SONDE" report --module libc.so.6
"$SONDE" report --module /opt/checksum --time 20ms-60ms --tree | sed 1,3d
"$SONDE" report --thread gateway -n 1 | sed 1,4d
"$SONDE" report --thread 4711 -n 1 | sed 1,4d
"$SONDE" report --role nobody | sed 1,3d
"$SONDE" report --event cycles; echo "$?"
"$SONDE" report --time 5; echo "$?"
"$SONDE" report --time 5s-2s; echo "$?"
"$SONDE" flame --module libc.so.6 -o libc.folded && cat libc.folded
"$SONDE" flame -o flame.html && head -c 15 flame.html && grep -c '</svg>' flame.html
