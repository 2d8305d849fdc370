"$SONDE" tag; echo "$?"
"$SONDE" tag -d good; echo "$?"
test -e "$SONDE_STORE" && echo "a store was made"
