import { createRequire } from 'node:module';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import protocol from '@temporalio/proto';
import { patchProtobufRoot } from '@temporalio/proto/lib/patch-protobuf-root.js';
import { z } from 'zod';

/*
 * The SDK reads and writes histories as JSON (`historyFromJSON`) by its own copy of protobufjs, which does not know the
 * types of the copy that its protocol is made by, wherever npm installs both. Here it is the protocol's own copy.
 */
const requireThere = createRequire(createRequire(import.meta.url).resolve('@temporalio/proto'));

const isFunction = (value: unknown) => typeof value === 'function';
const { fromJson, toJson } = z
  .object({
    fromJson: z.custom<(type: unknown, json: unknown, options: object) => History>(isFunction),
    toJson: z.custom<(type: unknown, message: unknown) => unknown>(isFunction),
  })
  .parse(requireThere('protobufjs/ext/protojson'));

const root = patchProtobufRoot(protocol);
const { History: Type } = protocol.temporal.api.history.v1;
const type = z
  .custom<(name: string) => unknown>(isFunction)
  .parse(Reflect.get(root, 'lookupType'))
  .call(root, 'temporal.api.history.v1.History');

const written = z.object({ events: z.array(z.looseObject({ eventTime: z.unknown() })).min(1) });

/**
 * A history as the command `temporal workflow show --output json` and the UI write it, or as those of the tests are.
 *
 * @returns null where it is none.
 */
export function historyOf(text: string): History | null {
  const parsed = written.safeParse(JSON.parse(text));
  if (!parsed.success) return null;
  const [first] = parsed.data.events;
  // Proto3's JSON writes times as text, the objects of its library as seconds.
  return typeof first?.eventTime === 'string'
    ? fromJson(type, parsed.data, { ignoreUnknownFields: true })
    : Type.fromObject(parsed.data);
}

/** As the command writes it. */
export function jsonOf(history: History): string {
  return JSON.stringify(toJson(type, Type.fromObject(history)), null, 1);
}
