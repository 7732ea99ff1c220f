import { z } from '@hono/zod-openapi';
import type { DeliveryRow, DeliveryTryRow, EndpointRow } from '#db/queries/webhooks';
import { eventTypes } from '#domain/events/catalogue';
import { deaths, deliveryStatuses, disablings, endpointStatuses, TEST } from '#domain/webhooks/message';
import { instant, instantOrNull, text, uuid } from '../schemas.ts';

const types = z.array(z.enum(eventTypes)).min(1).max(eventTypes.length);
const url = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' })
  .max(2_000)
  .openapi({ format: 'uri', example: 'https://example.com/hooks' });

export const newWebhook = z.strictObject({
  url,
  description: text().optional(),
  types: types.optional().openapi({ description: 'What it hears; without it, every type that integrators hear' }),
});

export const webhookChanges = z.strictObject({
  url: url.optional(),
  description: text().optional(),
  types: types.nullable().optional(),
  status: z.enum(endpointStatuses).optional(),
});

export const webhook = z
  .object({
    id: uuid,
    url: z.string(),
    description: z.string().nullable(),
    types: z.array(z.enum(eventTypes)).nullable(),
    status: z.enum(endpointStatuses),
    disabledFor: z.enum(disablings).nullable(),
    publicKey: z.string().openapi({ description: 'Verifies the signatures `v1a`' }),
    verifiedAt: instantOrNull.openapi({ description: 'When it took the test; before that it is sent nothing else' }),
    failingSince: instantOrNull,
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Webhook');

export const webhookWithSecret = webhook
  .extend({ secret: z.string().openapi({ description: 'Verifies the signatures `v1`; told this once' }) })
  .openapi('WebhookWithSecret');

export const presentWebhook = (row: EndpointRow): z.infer<typeof webhook> => {
  const { id, description, status, disabledFor, publicKey, verifiedAt, failingSince, createdAt, updatedAt } = row;
  const heard = { url: row.url, types: row.types };
  return { id, ...heard, description, status, disabledFor, publicKey, verifiedAt, failingSince, createdAt, updatedAt };
};

export const delivery = z
  .object({
    id: uuid,
    webhookId: uuid,
    eventId: uuid.openapi({ description: 'What is sent as `webhook-id`, at every try' }),
    type: z.enum([...eventTypes, TEST]),
    subject: uuid,
    sequence: z.int().nullable(),
    status: z.enum(deliveryStatuses),
    deadFor: z.enum(deaths).nullable(),
    tries: z.int(),
    createdAt: instant,
    nextAt: instantOrNull,
    settledAt: instantOrNull,
  })
  .openapi('WebhookDelivery');

export const deliveryWithLog = delivery
  .extend({
    body: z.record(z.string(), z.unknown()),
    log: z.array(
      z.object({
        number: z.int(),
        at: instant,
        milliseconds: z.int(),
        status: z.int().nullable(),
        answer: z.string().nullable(),
        error: z.string().nullable(),
      }),
    ),
  })
  .openapi('WebhookDeliveryWithLog');

export const presentDelivery = (row: DeliveryRow): z.infer<typeof delivery> => {
  const { id, endpointId: webhookId, eventId, type, subject, sequence, status, deadFor, tries } = row;
  const { createdAt, nextAt, settledAt } = row;
  return { id, webhookId, eventId, type, subject, sequence, status, deadFor, tries, createdAt, nextAt, settledAt };
};

const message = z.record(z.string(), z.unknown());

export const presentDeliveryWithLog = (row: DeliveryRow, tries: readonly DeliveryTryRow[]) => ({
  ...presentDelivery(row),
  body: message.parse(JSON.parse(row.body)),
  log: tries.map(({ number, at, milliseconds, status, answer, error }) => ({
    number,
    at,
    milliseconds,
    status,
    answer,
    error,
  })),
});
