#!/usr/bin/env bash
# Makes sure that what is named as arguments is there:
#   go        Go, new enough for go.mod
#   compiler  a C compiler
#   window    the compiler and the libraries the window is built with
#   clients   what the end-to-end tests use: CoAP and MQTT clients, tshark, and what opens, drives and reads a window
# On Debian and Ubuntu it installs what is missing and nothing else. Elsewhere it says what is missing.
set -euo pipefail

compiler_packages=(gcc libc6-dev)
window_packages=("${compiler_packages[@]}" clang pkg-config libgl-dev libx11-dev libxrandr-dev libxxf86vm-dev libxi-dev
	libxcursor-dev libxinerama-dev libwayland-dev libxkbcommon-dev libegl-dev)
client_packages=(libcoap3-bin mosquitto-clients openssl tshark xvfb x11-apps xdotool imagemagick tesseract-ocr)
npm_clients=(coap@1.5.0 coap-cli@0.7.1)

# The Go that is fetched when the system has none that fits.
go_version=1.26.8

say() { echo "sluice: $*" >&2; }
die() {
	say "$@"
	exit 1
}

# install PACKAGE... installs those of the Debian packages that are missing.
install() {
	local package missing=() as_root=()
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
			die "these packages are missing and there is no sudo; as root run: apt-get install ${missing[*]}"
		as_root=(sudo)
	fi
	say "installing ${missing[*]}"
	"${as_root[@]}" apt-get update -qq >&2 ||
		die "the package lists cannot be fetched; with a network, run: apt-get install ${missing[*]}"
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
		die "apt-get could not install ${missing[*]}"
}

has_apt() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

# Where a fetched Go lies; the Makefile looks there too.
home=${XDG_CACHE_HOME:-$HOME/.cache}/sluice
PATH=$home/go/bin:$PATH

go_fits() {
	# Go 1.21 and later fetch the version that go.mod asks for by themselves, unless GOTOOLCHAIN=local.
	command -v go >/dev/null && (go list -m >/dev/null) 2>/dev/null
}

need_go() {
	go_fits && return 0
	local arch
	case "$(uname -s)-$(uname -m)" in
	Linux-x86_64) arch=amd64 ;;
	Linux-aarch64) arch=arm64 ;;
	*) die "Go $go_version or newer is needed: https://go.dev/dl/" ;;
	esac
	if has_apt; then
		install ca-certificates curl
	fi
	say "no Go that fits go.mod was found; fetching Go $go_version into $home/go"
	mkdir -p "$home"
	rm -rf "$home/go" "$home/fetched"
	mkdir "$home/fetched"
	curl -fsSL --retry 3 -o "$home/fetched/go.tar.gz" "https://go.dev/dl/go$go_version.linux-$arch.tar.gz" ||
		die "Go cannot be fetched; install Go $go_version or newer: https://go.dev/dl/"
	tar -xzf "$home/fetched/go.tar.gz" -C "$home/fetched" || die "what was fetched is not Go $go_version"
	mv "$home/fetched/go" "$home/go"
	rm -rf "$home/fetched"
	go_fits || die "the Go in $home/go does not run; install Go $go_version or newer: https://go.dev/dl/"
}

# need_native WHAT PACKAGE... is need_compiler and need_window.
need_native() {
	local what=$1
	shift
	case "$(uname -s)" in
	Linux)
		if has_apt; then
			install "$@"
		elif [ "$what" = window ] && ! pkg-config --exists gl x11 xrandr xxf86vm xi xcursor xinerama wayland-client xkbcommon egl; then
			die "the window needs a C compiler, pkg-config and the development files of OpenGL, EGL, X11 (Xrandr, XF86VM, Xi, Xcursor, Xinerama), Wayland and xkbcommon"
		fi
		;;
	Darwin)
		xcode-select -p >/dev/null 2>&1 || die "the Xcode command line tools are missing; run: xcode-select --install"
		;;
	MINGW* | MSYS* | CYGWIN*)
		command -v clang >/dev/null || command -v gcc >/dev/null ||
			die "a C compiler is missing; install MSYS2 (https://www.msys2.org/, package mingw-w64-ucrt-x86_64-gcc) or LLVM-MinGW and put it on PATH"
		;;
	esac
}

need_clients() {
	if has_apt; then
		install "${client_packages[@]}"
	else
		local program
		for program in coap-client-notls coap-client-openssl coap-client-gnutls mosquitto_sub mosquitto_pub openssl tshark Xvfb xwd xdotool convert tesseract; do
			command -v "$program" >/dev/null || say "$program is missing: the tests that use it fail"
		done
	fi
	# node-coap keeps one token over all blocks of a transfer, libcoap does not: the tests use both.
	local modules=fyne-cross/tmp/node
	if command -v npm >/dev/null && [ "$(cat "$modules/installed" 2>/dev/null)" != "${npm_clients[*]}" ]; then
		mkdir -p "$modules"
		if npm install --silent --no-audit --no-fund --prefix "$modules" "${npm_clients[@]}" >/dev/null 2>&1; then
			echo "${npm_clients[*]}" >"$modules/installed"
		else
			say "npm could not install ${npm_clients[*]}: the tests that use them are skipped"
		fi
	fi
}

cd "$(dirname "$0")/.."
for what in "$@"; do
	case "$what" in
	go) need_go ;;
	compiler) need_native compiler "${compiler_packages[@]}" ;;
	window) need_native window "${window_packages[@]}" ;;
	clients) need_clients ;;
	*) die "need.sh: what is $what?" ;;
	esac
done
