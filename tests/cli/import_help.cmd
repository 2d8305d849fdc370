"$SONDE" import --help
