#!/bin/sh
# Have a Chromium for the browser tests; where there is none and none may be installed, say so and go on.
set -eu

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
        as_root="sudo -n"
    else
        as_root=refused
    fi
fi

if command -v apt-get >/dev/null 2>&1 && [ "$as_root" != refused ]; then
    echo "Installing Chromium for the browser tests with apt-get ..."
    if $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
            --no-install-recommends chromium >/dev/null; then
        exit 0
    fi
    echo "apt-get could not install Chromium; the browser tests will be skipped."
    exit 0
fi

if command -v apt-get >/dev/null 2>&1; then
    how="sudo apt-get install chromium"
elif command -v dnf >/dev/null 2>&1; then
    how="sudo dnf install chromium"
elif command -v pacman >/dev/null 2>&1; then
    how="sudo pacman -S chromium"
elif command -v brew >/dev/null 2>&1; then
    how="brew install --cask chromium"
else
    how="install it from your system's packages"
fi
echo "Chromium is not here and may not be installed from here; the browser tests will be skipped. To run them: $how"
