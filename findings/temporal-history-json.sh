#!/usr/bin/env bash
# Temporal's TypeScript SDK cannot read a history's JSON once its own client is installed beside it.
#
# @temporalio/common 1.24.0: historyFromJSON and historyToJSON of lib/proto-utils, with @temporalio/proto 1.24.0, on the JSON
# that `temporal workflow show --output json` and the UI write.
#
# Expected: they read and write it whatever else is installed. Both packages ask for protobufjs ^8.7.1, so one copy of it
# would do.
# Seen: with the two packages alone npm installs one protobufjs, and a history comes back as it went in. With
# @temporalio/client 1.24.0 as well, gRPC's loader of definitions brings protobufjs 7 to the top, and each of the two
# packages gets its own copy of 8. Then both functions throw a TypeError, "type must be a Type": the reader is of one copy,
# the types of the protocol are of the other, and an instanceof tells them apart.
#
# For long-lived workflows it matters since replaying what production recorded on tomorrow's code is how a change is
# tried, and the worker reads histories that are JSON by this function.
#
# Exits with 1 when it behaves otherwise than when this was written (2026-11-29).
set -euo pipefail
grep '^#' "$0" | sed '1d; s/^# \{0,1\}//'
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cat >"$room/try.mjs" <<'JS'
import { createRequire } from 'node:module';

const [, , where] = process.argv;
const requireThere = createRequire(`${where}/`);
const protocol = requireThere('@temporalio/proto');
const { historyFromJSON, historyToJSON } = requireThere('@temporalio/common/lib/proto-utils');

const json = {
  events: [
    {
      eventId: '1',
      eventTime: '2026-11-29T06:00:00Z',
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
      workflowExecutionStartedEventAttributes: { workflowType: { name: 'lease' }, taskQueue: { name: 'leases' } },
    },
  ],
};
const attempt = (work) => {
  try {
    return work();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
const read = attempt(() => {
  const [event] = historyFromJSON(structuredClone(json)).events;
  return event.workflowExecutionStartedEventAttributes.workflowType.name;
});
const { History } = protocol.temporal.api.history.v1;
const known = History.fromObject({ events: [{ eventId: 1, eventTime: { seconds: 1795932000 }, eventType: 1 }] });
const written = attempt(() => typeof historyToJSON(known));
console.log(`read: ${read}; written: ${written}`);
JS
packages=(@temporalio/common@1.24.0 @temporalio/proto@1.24.0)
for beside in '' @temporalio/client@1.24.0; do
  into="$room/${beside:+with-}packages"
  mkdir -p "$into"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$into" "${packages[@]}" ${beside:+"$beside"} >/dev/null
  printf '%s: ' "${beside:-alone}"
  node "$room/try.mjs" "$into"
done | tee "$room/seen.txt"
cat >"$room/expected.txt" <<'TXT'
alone: read: lease; written: string
@temporalio/client@1.24.0: read: TypeError: type must be a Type; written: TypeError: type must be a Type
TXT
diff "$room/expected.txt" "$room/seen.txt" && echo 'as when this was written'
