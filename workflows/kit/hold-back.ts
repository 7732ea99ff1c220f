import { condition, patched } from '@temporalio/workflow';

/** Milliseconds of the workflow's clock. */
const PATIENCE = 60_000;

/**
 * Waits for something under way that should be over in a moment, a minute at most: whatever is broken or out
 * of reach holds nothing else back. What goes on after that must read its facts again.
 */
export async function holdBackUntil(done: () => boolean, summary: string): Promise<void> {
  if (!done() && patched('hold-back-a-minute')) await condition(done, PATIENCE, { summary });
  else await condition(done);
}
