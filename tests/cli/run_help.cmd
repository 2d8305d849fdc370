# keep: times
"$SONDE" run --help
