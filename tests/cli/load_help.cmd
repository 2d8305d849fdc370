# keep: times
"$SONDE" load --help
