"$SONDE" show --help
