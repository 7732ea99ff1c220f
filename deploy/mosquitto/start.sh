#!/bin/sh
# Starts Mosquitto. The first start makes the platform's account, which makes all others.
set -eu
config=${1:-/mosquitto/config/mosquitto.conf}
accounts=$(sed -n 's/^plugin_opt_config_file //p' "$config")
if [ ! -e "$accounts" ]; then
  umask 077
  mosquitto_ctrl dynsec init "$accounts.new" platform "$MQTT_PLATFORM_PASSWORD" >/dev/null
  # As root, Mosquitto becomes the user mosquitto, who writes the file from then on.
  if [ "$(id -u)" = 0 ] && ! grep -q '^user root' "$config"; then chown mosquitto: "$accounts.new"; fi
  mv "$accounts.new" "$accounts"
fi
exec mosquitto -c "$config"
