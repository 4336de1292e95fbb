#!/bin/sh
# Builds the Debian package into a folder: conf/debian/build.sh FOLDER.  The
# tree is copied first and stays as it is.  Units are tested by tests/run.sh;
# DEB_BUILD_OPTIONS= tests them here too.  Installs what it needs, as root.
set -eu
cd "$(dirname "$0")/../.."
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
# shellcheck source=conf/packages.sh
. conf/packages.sh

[ $# -eq 1 ] || {
	echo "usage: conf/debian/build.sh FOLDER" >&2
	exit 2
}
mkdir -p "$1"
folder=$(cd "$1" && pwd)
# shellcheck disable=SC2086 # one word a package
install_packages $build_packages build-essential debhelper dpkg-dev
scratch=$(mktemp -d /tmp/rtbh-debian.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' HUP INT TERM

mkdir "$scratch/rtbh"
tar -c --exclude='./build*' --exclude=./.git --exclude=__pycache__ . |
    tar -x -C "$scratch/rtbh"
cp -R conf/debian "$scratch/rtbh/debian"
rm "$scratch/rtbh/debian/build.sh"
(
	cd "$scratch/rtbh"
	DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS-nocheck}
	DEB_BUILD_PROFILES=${DEB_BUILD_PROFILES-$DEB_BUILD_OPTIONS}
	export DEB_BUILD_OPTIONS DEB_BUILD_PROFILES
	dpkg-buildpackage --build=binary --no-sign >"$scratch/log" 2>&1
) || {
	cat "$scratch/log"
	exit 1
}
cp "$scratch"/*.deb "$scratch"/*.changes "$scratch"/*.buildinfo "$folder"
ls "$folder"/*.deb
