"$SONDE"
touch sonde.yaml
"$SONDE" | grep yaml
