#!/bin/sh
# Starts Mosquitto. The first start makes the platform's account, which makes all others.
set -eu
config=${1:-/mosquitto/config/mosquitto.conf}
accounts=$(sed -n 's/^plugin_opt_config_file //p' "$config")
if [ ! -e "$accounts" ]; then
  umask 077
  password=${MQTT_PLATFORM_PASSWORD:-$(cat /run/secrets/mqtt_platform_password)}
  mosquitto_ctrl dynsec init "$accounts.new" platform "$password" >/dev/null
  mv "$accounts.new" "$accounts"
fi
# A bridge on another host has a listener of its own, and only where it is asked for.
if [ -n "${MQTT_BRIDGE_PORT:-}" ]; then
  both=$(dirname "$accounts")/with-bridge.conf
  cat "$config" "$(dirname "$config")/bridge.conf" >"$both"
  config=$both
fi
exec mosquitto -c "$config"
