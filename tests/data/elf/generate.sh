#!/bin/sh
# Makes the files of shop.c again (needs gcc, binutils with zstd, dwz, xz). What the tests of elf/ state about them
# is compared with shop.so itself, so files of other compilers do as well.
set -eu
cd "$(dirname "$0")"
build="gcc -g -O2 -shared -fPIC -nostdlib -ffile-prefix-map=$PWD=/src -Wl,--build-id \
	-Wl,-z,max-page-size=4096,-z,noseparate-code"

$build -DUNIT=shop_sum -o shop.so shop.c
for kind in zlib zlib-gnu zstd; do
	objcopy --compress-debug-sections="$kind" shop.so "shop_$kind.so"
done

# Two files whose common debug information dwz moves into a third. dwz_a.so says where that is relative to itself.
cp shop.so dwz_a.so
$build -DUNIT=shop_total -o dwz_b.so shop.c
dwz -m dwz_common.debug -M ../.dwz/shop/dwz_common.debug dwz_a.so dwz_b.so
rm dwz_b.so

# What Fedora makes: the symbols of a stripped file, compressed, inside it.
objcopy --only-keep-debug shop.so mini.tmp
strip --strip-debug -o mini.tmp2 mini.tmp
xz -9 -e -c mini.tmp2 >mini.xz
strip -o shop_mini.so shop.so
objcopy --add-section .gnu_debugdata=mini.xz shop_mini.so
rm mini.tmp mini.tmp2 mini.xz

# Without a build id, a debug link is checked by its CRC.
$build -Wl,--build-id=none -DUNIT=shop_sum -o linked.so shop.c
objcopy --only-keep-debug linked.so linked.debug
strip linked.so
objcopy --add-gnu-debuglink=linked.debug linked.so

# Not linked, and built with a sanitizer.
gcc -g -O2 -ffile-prefix-map="$PWD=/src" -DUNIT=shop_sum -c -o shop_object.elf shop.c
gcc -fsanitize=address -shared -fPIC -nostdlib -Wl,-z,noseparate-code -o sanitized.so tiny.c
strip sanitized.so
chmod 644 shop*.so linked.so sanitized.so dwz_a.so ./*.elf
