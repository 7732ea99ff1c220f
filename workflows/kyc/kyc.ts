import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';
import { watch } from './approval.ts';
import { examine } from './examination.ts';
import { answer } from './handlers.ts';
import { KycRun } from './run.ts';
import type { KycInput } from './state.ts';

/** A workflow that nobody hands a submission to ends after this. It comes together with the start. */
const PATIENCE = '1 minute';

/**
 * Who a customer is: documents → automated check → an agent where that is not clear → a decision; an
 * approval is watched until it lapses, and renewed before. Workflow id `kyc-<userId>`. It ends rejected or
 * expired; the next submission starts it anew.
 */
export async function kyc(input: KycInput): Promise<void> {
  const run = new KycRun(
    'state' in input ? input.state : { version: 1, ...input, open: null, approval: null, seen: [] },
  );
  answer(run);
  if (run.state.approval === null && run.state.open === null)
    await condition(() => run.asked && !run.recording, PATIENCE);

  for (;;) {
    if (run.state.open !== null) {
      await examine(run);
      if (run.state.approval !== null) await goOn(run);
    } else if (run.state.approval !== null) {
      await watch(run);
    } else {
      await condition(allHandlersFinished);
      if (run.state.open === null) return;
    }
  }
}

/** A new run with the same state, once nothing of this one is under way: an approval lasts for years. */
async function goOn(run: KycRun): Promise<void> {
  await condition(allHandlersFinished);
  await continueAsNew<typeof kyc>({ state: run.state });
}
