#!/bin/sh
# Have nginx for the test of the documented proxy. It is a service that starts by itself, so only root, as in a container, gets it.
set -eu

if command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ]; then
    exit 0
fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing nginx for the test of the documented proxy with apt-get ..."
    if env DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null &&
        env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
            --no-install-recommends nginx >/dev/null; then
        exit 0
    fi
fi
echo "nginx is not here and was not installed from here; the test of the documented proxy will be skipped. To run it, install nginx."
