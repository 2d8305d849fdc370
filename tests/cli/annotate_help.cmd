"$SONDE" annotate --help
