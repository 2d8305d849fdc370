#!/bin/sh
# Makes the fixtures of tests/unit/test_dwarf.c anew: small libraries without code (only their debug information is kept) in
# every form of DWARF, and what llvm-symbolizer says of every third of their addresses. All files named gcc* have the same code, and so
# have all named clang*: one .txt serves each kind. Wants gcc (with -m32), clang, lld, dwz, llvm-dwp,
# llvm-symbolizer.
#
#	tests/data/dwarf/generate.sh      leaves the files in the folder it is in
#
# After that the literal addresses in test_dwarf.c may have to follow.
set -e
cd "$(dirname "$0")"
here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-O2 -ffreestanding -fno-exceptions -fno-asynchronous-unwind-tables -fPIC"
plain="-fno-vectorize -fno-slp-vectorize -fno-unroll-loops" # clang
link="-nostdlib -shared -Wl,--build-id=none"

# keep NAME: the debug information of $work/NAME alone
keep()
{
	strip --only-keep-debug -R .comment -R .note.gnu.property "$work/$1" -o "$here/$1"
	chmod 644 "$here/$1"
}

# answers NAME: of every third byte of $work/NAME's functions, by llvm-symbolizer from DWARF alone
answers()
{
	objcopy --strip-all --keep-section='.debug*' "$work/$1" "$work/$1.nosyms"
	nm -S --defined-only "$work/$1" | while read -r start size kind name; do
		case $kind in
		[tTwW]) seq "$((0x$start))" 3 "$((0x$start + 0x$size - 1))" ;;
		esac
	done | sort -nu | while read -r address; do printf '0x%x\n' "$address"; done >"$work/addresses"
	while read -r address; do
		echo "$address"
		llvm-symbolizer --no-demangle -i -f -e "$work/$1.nosyms" "$address"
	done <"$work/addresses" >"$here/$1.txt"
}

gcc_build()
{
	out=$1
	shift
	g++ $flags "$@" -fdebug-prefix-map="$here=/src" $link shop.cpp night.cpp -o "$work/$out"
}

clang_build()
{
	out=$1
	shift
	for unit in shop night; do
		clang++ $flags $plain "$@" -fdebug-prefix-map="$here=/src" -fdebug-compilation-dir=/src -c "$unit.cpp" -o "$work/$unit.o"
	done
	clang++ $link "$work/shop.o" "$work/night.o" -o "$work/$out"
}

for version in 2 3 4 5; do
	gcc_build gcc$version -gdwarf-$version
	keep gcc$version
	clang_build clang$version -gdwarf-$version
	keep clang$version
done
answers gcc5
mv gcc5.txt gcc.txt
answers clang5
mv clang5.txt clang.txt
gcc_build gcc_wide -g -gdwarf64
keep gcc_wide
gcc_build gcc_types -g -fdebug-types-section
keep gcc_types
g++ -m32 $flags -g -fdebug-prefix-map="$here=/src" $link shop.cpp night.cpp -o "$work/narrow"
keep narrow
answers narrow

# dwz: the common parts in a second file, which wants two that have something in common
gcc_build gcc_dwz -g
cp "$work/gcc_dwz" "$work/other"
(cd "$work" && dwz -m gcc_common -M gcc_common gcc_dwz other)
keep gcc_dwz
cp "$work/gcc_common" gcc_common
chmod 644 gcc_common

# split: what is beside the program is kept as it is, dwo files of gcc and packages of clang
for version in 4 5; do
	mkdir "$work/split"
	map="-fdebug-prefix-map=$here=/src -fdebug-prefix-map=$work/split=/split"
	for unit in shop night; do
		(cd "$work/split" && g++ $flags -gdwarf-$version -gsplit-dwarf $map -c "$here/$unit.cpp" -o $unit.o)
		mv "$work/split/$unit.dwo" "gcc_split$version.$unit.dwo"
	done
	g++ $link "$work/split/shop.o" "$work/split/night.o" -o "$work/gcc_split$version"
	keep gcc_split$version
	for unit in shop night; do
		(cd "$work/split" && clang++ $flags $plain -gdwarf-$version -gsplit-dwarf $map -c "$here/$unit.cpp" -o $unit.o)
	done
	clang++ $link "$work/split/shop.o" "$work/split/night.o" -o "$work/clang_split$version"
	(cd "$work/split" && llvm-dwp shop.dwo night.dwo -o "$here/clang_split$version.dwp")
	keep clang_split$version
	rm -r "$work/split"
done

# functions that the linker throws away: bfd writes 0 in their place, lld -1
clang_build gone -g -ffunction-sections # for its objects
ld.lld -shared --gc-sections -u plain_entry --version-script="$here/entry.map" "$work/shop.o" "$work/night.o" -o "$work/gone_lld"
keep gone_lld
ld.bfd -shared --gc-sections --version-script="$here/entry.map" "$work/shop.o" "$work/night.o" -o "$work/gone_bfd"
keep gone_bfd

gcc -O2 -g -fno-asynchronous-unwind-tables -fPIC -fdebug-prefix-map="$here=/src" $link nested.c -o "$work/nested"
keep nested
