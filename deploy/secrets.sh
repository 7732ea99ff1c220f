#!/bin/sh
# Makes the secrets of docker-compose.yml that are not there yet: a file each. Containers of other accounts read the files,
# so what keeps them from people of this host is the directory. Needs openssl.
#   sh deploy/secrets.sh [directory]
set -eu
directory=${1:-secrets}
mkdir -p "$directory/platform"
chmod 700 "$directory"
cd "$directory"

# What a command prints becomes the file, whole or not at all.
make() {
  file=$1
  shift
  if [ -s "$file" ]; then return; fi
  "$@" >"$file.part"
  chmod 444 "$file.part"
  mv "$file.part" "$file"
  echo "made $directory/$file"
}
password() { openssl rand -base64 24 | tr '+/' '-_'; }
encryption_keys() { echo "k1:$(openssl rand -base64 32),index:$(openssl rand -base64 32)"; }
# base64url, as JSON Web Keys have it, of some bytes of the file that openssl wrote.
bytes() { tail -c "+$1" key.der | head -c 32 | openssl base64 -A | tr '+/' '-_' | tr -d '='; }
# RFC 5915: of a P-256 key the private 32 bytes begin at the eighth; the point's two halves are at the end.
jwt_keys() {
  openssl ecparam -name prime256v1 -genkey -noout -outform DER -out key.der
  x=$(($(wc -c <key.der) - 63))
  printf '{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"%s","x":"%s","y":"%s","d":"%s"}]}\n' \
    "$(openssl rand -hex 8)" "$(bytes "$x")" "$(bytes $((x + 32)))" "$(bytes 8)"
  rm key.der
}
certificate() { openssl req -x509 -key mqtt.key -days 3650 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,DNS:mosquitto'; }

umask 022
for name in POSTGRES_PASSWORD TEMPORAL_PASSWORD GRAFANA_PASSWORD platform/DATABASE_PASSWORD platform/MQTT_PLATFORM_PASSWORD; do
  make "$name" password
done
make platform/ENCRYPTION_KEYS encryption_keys
make platform/JWT_KEYS jwt_keys
make mqtt.key openssl ecparam -name prime256v1 -genkey -noout
make mqtt.crt certificate
for name in alerts-pages.url alerts-tickets.url alerts-watchdog.url; do
  if [ ! -s "$name" ]; then echo "write the address that takes these alerts into $directory/$name"; fi
done
