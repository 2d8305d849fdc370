# shellcheck shell=sh
# Shared by tools/format and tools/check_format.sh; to be sourced in the root of the tree.

find_clang_format()
{
	for candidate in clang-format-14 clang-format; do
		case $("$candidate" --version 2>/dev/null) in
		*"version 14."*) echo "$candidate"; return 0 ;;
		esac
	done
	return 1
}

list_c_files()
{
	find src tests examples bench -name 'build*' -prune -o -type f -name '*.[ch]' -print0
}
