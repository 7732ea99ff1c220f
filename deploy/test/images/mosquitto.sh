#!/bin/sh
# As the entry point of the image: root gives what it may to the account that Mosquitto runs as.
set -e
if [ "$(id -u)" = 0 ]; then chown -R mosquitto:mosquitto /mosquitto || true; fi
exec "$@"
