"$SONDE" flame --help
