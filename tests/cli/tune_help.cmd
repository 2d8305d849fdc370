"$SONDE" tune --help
