"$SONDE" record --help
