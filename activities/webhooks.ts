import type { WebhookActivities } from '#domain/webhooks/wire';
import type { WebhookDependencies } from '#use-cases/webhooks/dependencies';
import { tryDelivery } from '#use-cases/webhooks/try-delivery';
import { wakeOverdue } from '#use-cases/webhooks/wake';
import { wakeNext } from '#use-cases/webhooks/wake-next';

/** The `webhooks` task queue's side of `WebhookActivities`. */
export function createWebhookActivities(deps: WebhookDependencies): WebhookActivities {
  return {
    tryDelivery: ({ deliveryId, at }) => tryDelivery(deps, deliveryId, new Date(at)),
    wakeNext: ({ deliveryId, all }) => wakeNext(deps, deliveryId, all),
    wakeOverdue: () => wakeOverdue(deps, new Date()),
  };
}
