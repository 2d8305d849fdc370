"$SONDE" track --help
