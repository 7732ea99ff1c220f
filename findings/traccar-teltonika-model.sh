#!/usr/bin/env bash
# A Traccar server drops the alarms of a Teltonika unit whose device has no model.
#
# Traccar 6.13.3, built of its source, with a device that is set up by its IMEI alone, as its API asks no more. The unit
# sends a frame of Codec 8 Extended with the AVL ids 239 = 1 (ignition) and 252 = 1 (unplugged).
#
# Expected: the position has the alarm `powerCut`, as that of a device with the model FMB920 has.
# Seen: `io252: 1` and no alarm: the forwarded position says nothing of it, no event follows, no notification is sent.
# Ignition is read all the same. A power cut goes unnoticed until somebody fills in the field.
#
# Needs git, Maven, a JDK from 17 on, curl and python3; takes some five minutes. TRACCAR_SOURCE is another repository to
# clone than GitHub's. Exits with 1 when it says something else than when this was written (2026-11-29).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$room"' EXIT
cd "$room"
git clone -q -c advice.detachedHead=false --depth=1 --branch=v6.13.3 \
  "${TRACCAR_SOURCE:-https://github.com/traccar/traccar.git}" traccar
cd traccar
[ "$(git rev-parse HEAD)" = 3d64725acf33aced222eaea39d37c248d5fb46d5 ]
{
  echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
    <groupId>org.traccar</groupId><artifactId>traccar</artifactId><version>6.13.3</version><properties>
    <maven.compiler.release>17</maven.compiler.release><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>'
  sed -n 's/^    \([a-zA-Z0-9]*Version\) = "\([^"]*\)".*/<\1>\2<\/\1>/p' build.gradle
  echo '<jacksonVersion>2.20.0</jacksonVersion><hk2Version>4.0.0-M3</hk2Version></properties><dependencies>'
  sed -n 's/^    implementation "\([^:]*\):\([^:]*\):\([^"]*\)".*/\1 \2 \3/p' build.gradle | grep -v junixsocket |
    sed 's/\$\([a-zA-Z0-9]*\)/${\1}/' | while read -r group artifact version; do
    echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version></dependency>"
  done
  echo '</dependencies><build><plugins>
    <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.14.0</version></plugin>
    <plugin><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version></plugin>
    <plugin><groupId>io.github.ascopes</groupId><artifactId>protobuf-maven-plugin</artifactId><version>3.10.2</version>
    <configuration><protocVersion>${protobufVersion}</protocVersion><sourceDirectories><sourceDirectory>src/main/proto
    </sourceDirectory></sourceDirectories></configuration>
    <executions><execution><goals><goal>generate</goal></goals></execution></executions></plugin></plugins></build></project>'
} >pom.xml
sed -i -z 's/src\/main\/proto\n *</src\/main\/proto</' pom.xml
mvn -q -B compile dependency:copy-dependencies -DoutputDirectory=target/lib >/dev/null
cat >conf.xml <<'XML'
<?xml version='1.0' encoding='UTF-8'?>
<!DOCTYPE properties SYSTEM 'http://java.sun.com/dtd/properties.dtd'>
<properties>
  <entry key='database.driver'>org.h2.Driver</entry>
  <entry key='database.url'>jdbc:h2:mem:traccar;DB_CLOSE_DELAY=-1</entry>
  <entry key='database.user'>sa</entry>
  <entry key='database.password' />
  <entry key='server.statistics' />
  <entry key='logger.console'>true</entry>
  <entry key='web.port'>28082</entry>
  <entry key='protocols.enable'>teltonika</entry>
  <entry key='teltonika.port'>25027</entry>
</properties>
XML
mkdir -p web
java -Xmx256m -cp 'target/classes:target/lib/*' org.traccar.Main conf.xml >/dev/null 2>&1 &
server=$!
api=http://127.0.0.1:28082/api
until curl -sf "$api/server" >/dev/null; do kill -0 "$server" && sleep 1; done

cat >ask.py <<'PY'
import base64, json, socket, struct, time, urllib.request

API = 'http://127.0.0.1:28082/api'
LOGIN = {'authorization': 'Basic ' + base64.b64encode(b'admin@example.com:administrator').decode()}

def call(path, body=None, headers=LOGIN):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API + path, data, {**headers, 'content-type': 'application/json', 'accept': 'application/json'})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)

def crc(data):
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value

def frame():
    values = struct.pack('>HHBHB', 2, 239, 1, 252, 1) + struct.pack('>HHHH', 0, 0, 0, 0)
    place = struct.pack('>iihHBH', 325825000, 3476000, 1189, 0, 11, 0)
    record = struct.pack('>QB', int(time.time() * 1000), 1) + place + struct.pack('>HH', 0, 2) + values
    data = b'\x8e\x01' + record + b'\x01'
    return struct.pack('>II', 0, len(data)) + data + struct.pack('>I', crc(data))

call('/users', {'name': 'Admin', 'email': 'admin@example.com', 'password': 'administrator'}, {})
for model, imei in (('FMB920', '352093081234570'), (None, '352093081234571')):
    device = call('/devices', {'name': imei, 'uniqueId': imei, **({} if model is None else {'model': model})})
    unit = socket.create_connection(('127.0.0.1', 25027))
    unit.sendall(struct.pack('>H', len(imei)) + imei.encode())
    assert unit.recv(1) == b'\x01'
    unit.sendall(frame())
    assert unit.recv(4) == b'\x00\x00\x00\x01'
    unit.close()
    for _ in range(60):
        positions = call(f'/positions?deviceId={device["id"]}')
        if positions:
            break
        time.sleep(1)
    said = positions[0]['attributes']
    print(f'model {model}: ignition {said.get("ignition")}, alarm {said.get("alarm")}, io252 {said.get("io252")}')
PY
python3 ask.py | tee seen.txt

diff - seen.txt <<'TXT'
model FMB920: ignition True, alarm powerCut, io252 None
model None: ignition True, alarm None, io252 1
TXT
