# keep: dates ids times
python3 "$DATA/store/make_store.py" "$SONDE_STORE" machine single
"$SONDE" show q2r7 --syscalls | sed -n '/^system calls/,$p'
"$SONDE" show q2r7 --syscalls --all | sed -n '/^system calls/,$p'
"$SONDE" show before --syscalls | tail -n 2
