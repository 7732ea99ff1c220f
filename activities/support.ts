import type { SupportActivities } from '#domain/support/wire';
import { sendText, type SupportDependencies } from '#use-cases/support/send-text';

/** The `support` task queue's side of `SupportActivities`. */
export function createSupportActivities(deps: SupportDependencies): SupportActivities {
  return { sendText: (input) => sendText(deps, input) };
}
