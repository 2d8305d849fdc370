"$SONDE" accept --help
