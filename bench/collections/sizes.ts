import type { Sizes } from './workflow.ts';

/** Texts as long as what a collection carries as JSON. */
export function sizesOf(state: { readonly standing: object } | undefined): Sizes {
  const uuid = '00000000-0000-4000-8000-000000000000';
  const at = new Date().toISOString();
  const text = (of: object) => 'x'.repeat(JSON.stringify(of).length);
  return {
    order: text({ attemptId: uuid, leaseId: uuid, kind: 'instalment', method: 0, at }),
    standing: text(state?.standing ?? {}),
    state: text(state ?? {}),
  };
}
