import { allHandlersFinished, condition, continueAsNew, patched } from '@temporalio/workflow';
import { watch } from './approval.ts';
import { examine } from './examination.ts';
import { answer } from './handlers.ts';
import { KycRun } from './run.ts';
import type { KycInput } from './state.ts';

/** A workflow that nobody hands a submission to ends after this. It comes together with the start. */
const PATIENCE = '1 minute';
/** So long the same key is the same request. */
const KEYS_LAST = '1 day';

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
    const { open } = run.state;
    if (open !== null) {
      await examine(run, open);
      if (run.state.approval !== null) await goOn(run);
    } else if (run.state.approval !== null) {
      await watch(run);
    } else {
      await condition(allHandlersFinished);
      if (run.state.open === null && !(await comesAgain(run))) return;
    }
  }
}

/**
 * A submission that could not be put on record is sent again by its key, and must find the run that knows of it: another
 * would take it for a second one while the first is being recorded.
 */
async function comesAgain(run: KycRun): Promise<boolean> {
  if (!run.broken || !patched('a-broken-submission-comes-again')) return false;
  run.broken = false;
  return condition(() => run.recording || run.state.open !== null, KEYS_LAST);
}

/** A new run with the same state, once nothing of this one is under way: an approval lasts for years. */
async function goOn(run: KycRun): Promise<void> {
  await condition(allHandlersFinished);
  await continueAsNew<typeof kyc>({ state: run.state });
}
