# keep: ids
python3 "$DATA/store/make_store.py" "$SONDE_STORE" single gateway
"$SONDE" note @last with the -O3 build
"$SONDE" note b4s3/proxy 'a second  one'
"$SONDE" note @last
"$SONDE" note before
"$SONDE" show @last | grep second.*one
