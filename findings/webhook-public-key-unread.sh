#!/usr/bin/env bash
# A webhook that is signed as Standard Webhooks describes for public keys is refused by that project's own libraries.
#
# standardwebhooks 1.1.1 (npm) and standardwebhooks 1.0.0 (PyPI), given a message whose `webhook-signature` is made by an Ed25519
# key (`v1a,...`) over `id.timestamp.body`, and the public key as the specification writes it (`whpk_` and base64); then the
# same message with a signature by a shared secret (`v1,...`) behind it.
#
# Expected (Standard Webhooks, "Signature scheme"): `v1a` is one of two schemes, and its verifying key has the prefix `whpk_`. A
# library of the project verifies it, or says that it cannot.
# Seen: neither knows the scheme: a signature that is not `v1` is passed over, so that the first message has none that matches.
# The npm package refuses the key where it is set, with a complaint about its encoding; the PyPI package takes it, prefix and
# all, as if it were a shared secret, and refuses each message. Both take the second message, by its shared secret.
#
# Who sends events of payments to lenders and insurers cannot do without the shared secret as long as they use these, and an
# integrator who was given the public key alone finds out at the first message.
#
# Exits with 1 when one says something else than when this was written (2026-11-30).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm install --silent --no-fund --no-audit --prefix "$room" standardwebhooks@1.1.1 >/dev/null
python3 -m venv python >/dev/null
python/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.0.0

cat >ask.mjs <<'JS'
import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const whpk = `whpk_${publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`;
const shared = randomBytes(32);
const whsec = `whsec_${shared.toString('base64')}`;
const body = JSON.stringify({ type: 'payment.received', amount: 20000, currency: 'UGX' });
const [id, timestamp] = ['msg_1', String(Math.floor(Date.now() / 1000))];
const content = Buffer.from(`${id}.${timestamp}.${body}`);
const own = `v1a,${sign(null, content, privateKey).toString('base64')}`;
const both = `${own} v1,${createHmac('sha256', shared).update(content).digest('base64')}`;
const headers = (signature) => ({ 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature });
writeFileSync('message.json', JSON.stringify({ whpk, whsec, body, own: headers(own), both: headers(both) }));

const outcome = (does) => {
  try {
    return does();
  } catch (error) {
    return error.name === 'WebhookVerificationError' ? `refused (${error.message})` : 'the key is refused';
  }
};
const taken = (key, given) => outcome(() => (new Webhook(key).verify(body, headers(given)), 'taken'));
console.log(`npm: v1a by its public key: ${taken(whpk, own)}; v1a alone: ${taken(whsec, own)}; both: ${taken(whsec, both)}`);
JS
node ask.mjs | tee seen.txt
cat >ask.py <<'PY'
import json
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

said = json.load(open("message.json"))

def taken(key, headers):
    try:
        verifier = Webhook(key)
    except Exception:
        return "the key is refused"
    try:
        verifier.verify(said["body"], headers)
        return "taken"
    except WebhookVerificationError as error:
        return f"refused ({error})"

first, alone, both = taken(said["whpk"], said["own"]), taken(said["whsec"], said["own"]), taken(said["whsec"], said["both"])
print(f"PyPI: v1a by its public key: {first}; v1a alone: {alone}; both: {both}")
PY
python/bin/python ask.py | tee -a seen.txt

diff - seen.txt <<'TXT'
npm: v1a by its public key: the key is refused; v1a alone: refused (No matching signature found); both: taken
PyPI: v1a by its public key: refused (No matching signature found); v1a alone: refused (No matching signature found); both: taken
TXT
echo 'as it was'
