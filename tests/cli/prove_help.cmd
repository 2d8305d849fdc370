"$SONDE" prove --help
