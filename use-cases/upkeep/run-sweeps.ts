import type { Client } from '@temporalio/client';
import type { Database } from '#db/client';
import type { DeadLeases } from '#domain/upkeep/wire';
import { attemptEach } from '#platform/attempt-each';
import type { Config } from '#platform/config';
import type { Logger } from '#platform/log';
import { tellLateSteps } from '../collateral/tell-late-steps.ts';
import { tellStoppedSettlements } from '../leases/tell-stopped-settlements.ts';
import { lapseInvitations } from '../parties/answer-invitation.ts';
import { callGuarantors } from '../parties/call-guarantors.ts';
import { lapseTransfers } from '../parties/end-transfer.ts';
import { resumeGiveBacks } from '../payments/suspense/give-back/resume-give-backs.ts';
import { tellUndecidedInsurance } from '../payments/deciding/tell-undecided-insurance.ts';
import { resumeInbound } from '../payments/inbound/resume-inbound.ts';
import { tellOverdue } from '../support/tell-overdue.ts';
import { ensureImmobilisations } from '../telematics/ensure-immobilisations.ts';
import { endRisks } from '../telematics/end-risks.ts';
import { tellUnproven } from '../telematics/tell-unproven.ts';
import { moveQueues } from '../vehicles/pass-on.ts';
import { findDeadLeases } from './find-dead-leases.ts';
import { findStuckWorkflows } from './find-stuck-workflows.ts';
import { tellLapsing } from '../upgrades/tell-lapsing.ts';
import { reviveWorkflows } from './revive-workflows.ts';
import { tellUnbooked } from './tell-unbooked.ts';

interface Sweeping {
  readonly db: Database;
  readonly temporal: Client;
  readonly config: Config;
  readonly log: Logger;
}

/** Looks for what nobody came to, and goes on with it. May be repeated at any time. @returns counts, where somebody asks for them */
type Sweep = (deps: Sweeping, beat: () => void) => Promise<unknown>;

/** What is looked for every few minutes, a line each. Two of them answer with counts that the workflow shows. */
const sweeps: Readonly<Record<string, Sweep>> = {
  'leases without their workflow': findDeadLeases,
  'identity checks and exchanges without their workflow': reviveWorkflows,
  'money that is confirmed and not booked': tellUnbooked,
  'immobilisations without their workflow': ensureImmobilisations,
  'risks of vehicles that are not ours any more': ({ db }) => endRisks(db),
  'relays that nobody has proven': tellUnproven,
  'settlements that stopped half paid': ({ db }, beat) => tellStoppedSettlements(db, beat),
  'money on its way back from suspense': resumeGiveBacks,
  'invitations that nobody answered': ({ db }, beat) => lapseInvitations(db, new Date(), beat),
  'guarantors to be called upon': ({ db }, beat) => callGuarantors(db, new Date(), beat),
  'steps at registers that are late': ({ db }, beat) => tellLateSteps(db, new Date(), beat),
  'transfers whose time has passed': ({ db }, beat) => lapseTransfers(db, new Date(), beat),
  'exchanges that lapse in a day': ({ db }, beat) => tellLapsing(db, new Date(), beat),
  'payments that were announced and have no workflow': resumeInbound,
  'turns in the queues of vehicles': ({ db }, beat) => moveQueues(db, new Date(), beat),
  'insurers that nobody has heard of': ({ db }, beat) => tellUndecidedInsurance(db, beat),
  'tickets that are due': (deps, beat) => tellOverdue(deps, new Date(), beat),
  'workflows that stand still': async ({ db, temporal, config }) => ({
    stuck: await findStuckWorkflows({ db, temporal, prefix: config.TASK_QUEUE_PREFIX }),
  }),
};

/**
 * Goes through all sweeps. One that fails keeps none behind it from being tried.
 *
 * @param beat is called before and within each; where it throws, nothing more is begun
 * @throws what failed first, when the rest is done
 */
export async function runSweeps(deps: Sweeping, beat: () => void): Promise<DeadLeases> {
  const found: DeadLeases = { dead: 0, runAgain: 0 };
  const failed = await attemptEach(Object.entries(sweeps), async ([, sweep]) => {
    beat();
    const counts = await sweep(deps, beat);
    if (typeof counts === 'object') Object.assign(found, counts);
  });
  for (const {
    item: [what],
    error,
  } of failed)
    deps.log.warn({ err: error, what }, 'a sweep has failed');
  if (failed[0] !== undefined) throw failed[0].error;
  return found;
}
