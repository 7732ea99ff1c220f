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
exec mosquitto -c "$config"
