import { z } from 'zod';
import { isKnownInstant } from '#domain/calendar';
import { commandAnswers } from '#domain/telematics/immobilisation/command';
import { storable } from '#domain/text';
import { refusing, type TrackerReading, type TrackerAdapter, type TrackerMessage, type Unit } from './adapter.ts';
import { parseWithin } from './json.ts';
import { MESSAGE_BYTES, name, POSITION_BYTES, readBacklog, readPosition } from './position.ts';

/** Positions of a backlog. */
const BACKLOG = 500;
const status = z.looseObject({ online: z.boolean(), ts: z.int().nonnegative().nullish(), trackerId: name });
const answer = z.looseObject({
  id: z.uuid(),
  state: z.enum(commandAnswers),
  reason: z.string().max(200).nullish(),
  ts: z.int().refine(isKnownInstant).nullish().catch(null),
  trackerId: name,
});

/** Our own format, of docs/telematics.md: JSON on `trackers/{trackerId}/…`. */
export const native: TrackerAdapter = {
  kind: 'native',
  filters: ['trackers/+/telemetry', 'trackers/+/status', 'trackers/+/commands/ack'],
  read(message) {
    const [root, trackerId, ...rest] = message.topic.split('/');
    if (root !== 'trackers' || trackerId === undefined || trackerId === '') return null;
    const unit = { trackerId };
    switch (rest.join('/')) {
      case 'telemetry':
        return readTelemetry(message, unit);
      case 'status':
        return [readStatus(message, unit)];
      case 'commands/ack':
        return [readAnswer(message, unit)];
      default:
        return null;
    }
  },
};

function readTelemetry({ payload, receivedAt }: TrackerMessage, unit: Unit): readonly TrackerReading[] {
  const refuse = (reason: string) => [refusing(unit, payload)(reason)];
  const parsed = parseWithin(payload, MESSAGE_BYTES);
  if (typeof parsed === 'string') return refuse(parsed);
  const read = (value: unknown) => {
    const json = JSON.stringify(value);
    return readPosition(value, { unit, receivedAt, source: json, json });
  };
  if (!Array.isArray(parsed.value)) {
    return payload.length > POSITION_BYTES ? refuse('position_too_large') : [read(parsed.value)];
  }
  const all: readonly unknown[] = parsed.value;
  if (all.length === 0) return refuse('empty_backlog');
  if (all.length > BACKLOG) return refuse('too_many_positions');
  return readBacklog(all.map(read));
}

function readStatus({ payload }: TrackerMessage, unit: Unit): TrackerReading {
  const refuse = refusing(unit, payload);
  const parsed = parseWithin(payload, POSITION_BYTES);
  if (typeof parsed === 'string') return refuse(parsed);
  const said = status.safeParse(parsed.value);
  return said.success ? { kind: 'presence', unit, online: said.data.online } : refuse('invalid: status');
}

function readAnswer({ payload }: TrackerMessage, unit: Unit): TrackerReading {
  const refuse = refusing(unit, payload);
  const parsed = parseWithin(payload, POSITION_BYTES);
  if (typeof parsed === 'string') return refuse(parsed);
  const said = answer.safeParse(parsed.value);
  if (!said.success) return refuse('invalid: answer');
  const { id: commandId, state, reason = null, ts = null } = said.data;
  return { kind: 'answer', unit, commandId, answer: state, reason: reason == null ? null : storable(reason), ts };
}
