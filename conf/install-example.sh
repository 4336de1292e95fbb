#!/bin/sh
# Run by `meson install`: puts the example (first argument) into the directory
# (second argument) as the configuration, unless there is one already.
set -eu

directory="${DESTDIR:-}$2"
target="$directory/bgpd.yaml"

if [ -e "$target" ] || [ -L "$target" ]; then
	echo "Keeping $target"
	exit 0
fi
mkdir -p "$directory"
install -m 0644 "$1" "$target"
echo "Installed the example as $target"
