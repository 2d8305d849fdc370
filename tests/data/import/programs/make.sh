#!/bin/sh
# Makes the programs again: other addresses, hence other profiles (../README.md).
set -e
cd "$(dirname "$0")"
make_program() {
	name=$1
	shift
	gcc -O1 -fomit-frame-pointer -fno-stack-protector -fPIE -static-pie -nostdlib -Wl,-z,noseparate-code -Wl,--build-id=sha1 "$@" -o "$name" chain.c
}
make_program chain -DLOCAL_BYTES=64
make_program chain_copied -DLOCAL_BYTES=64 -DCOPIED
make_program chain_wide -DLOCAL_BYTES=392
make_program chain_no_header -DLOCAL_BYTES=64 -Wl,--no-eh-frame-hdr
make_program chain_signal -DLOCAL_BYTES=64 -DSIGNAL
make_program chain_bare -DBARE
make_program chain_returns -DRETURNS
