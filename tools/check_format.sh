#!/bin/sh
# Is every C file shaped as .clang-format says? Another clang-format than 14 shapes some things differently, so only
# 14 is asked. Status: 0 yes, 1 no, 77 no clang-format 14 here.
cd "$(dirname "$0")/.." || exit 1
. tools/clang_format.sh

if ! tool=$(find_clang_format); then
	echo "# SKIP no clang-format 14 here (tools/setup --dev installs it)"
	exit 77
fi
if list_c_files | xargs -0 "$tool" --dry-run -Werror --ferror-limit=3; then
	exit 0
fi
echo "tools/format repairs these"
exit 1
