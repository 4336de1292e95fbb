# shellcheck shell=sh
# Sourced by quickstart.sh, tests/run.sh and .ci/run: Debian packages that are
# missing are installed; nothing that they bring is started by that, now or at
# the next boot.

# What it takes to build rtbh.
# shellcheck disable=SC2034
build_packages='gcc libc6-dev meson ninja-build pkg-config libbsd-dev
	libyaml-dev libevent-dev libseccomp-dev libjansson-dev libsqlite3-dev
	libcmocka-dev'

package_is_missing() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" != \
	    installed ]
}

# apt_quietly COMMAND...: shows what apt said only when it failed
apt_quietly() {
	apt_said=$(mktemp)
	if ! DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    -o DPkg::Lock::Timeout=300 "$@" >"$apt_said" 2>&1; then
		cat "$apt_said" >&2
		rm -f "$apt_said"
		return 1
	fi
	rm -f "$apt_said"
}

# install_without_services PACKAGE...: maintainer scripts ask policy-rc.d
# whether they may start a service; for this time it says no.
install_without_services() (
	policy=/usr/sbin/policy-rc.d
	kept=
	# shellcheck disable=SC2317 # the traps call it
	put_back() {
		trap - EXIT HUP INT TERM
		rm -f "$policy"
		[ -z "$kept" ] || mv -f "$kept" "$policy"
	}
	if [ -e "$policy" ]; then
		kept=$policy.before-rtbh-$$
		mv -f "$policy" "$kept" || exit 1
	fi
	trap put_back EXIT
	trap 'exit 130' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy" || exit 1
	chmod 755 "$policy" || exit 1
	apt_quietly install --no-install-recommends "$@"
)

# install_packages PACKAGE...: gives 1 when one could not be installed
install_packages() {
	missing=
	for package; do
		if package_is_missing "$package"; then
			missing="$missing $package"
		fi
	done
	[ -n "$missing" ] || return 0
	echo "Installing with apt:$missing"
	apt_quietly update || return 1
	# shellcheck disable=SC2086 # one word a package
	install_without_services $missing || return 1
	for package in $missing; do
		disable_services "$package"
	done
}

# disable_services PACKAGE: its units stay off at the next boot as well
disable_services() {
	command -v systemctl >/dev/null || return 0
	dpkg-query -L "$1" 2>/dev/null | grep '/systemd/system/[^/]*\.service$' |
	    while read -r unit; do
		systemctl disable "$(basename "$unit")" >/dev/null 2>&1 || :
	done
}
