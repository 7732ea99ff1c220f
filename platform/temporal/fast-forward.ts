import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { errorCode } from '../error-code.ts';

const { FastForwardPollingResult } = protocol.temporal.api.enums.v1;

/** Skips allowed in one journey: a year of daily instalments with their retries stays below. */
const MAX_SKIPS = 5_000;

export interface FastForwardResult {
  /** The workflow's clock when the journey ended. */
  readonly at: Date;
  /**
   * `reached` the target; the workflow `ended` on the way; `time_out`, or `stopped` by another journey or an operator, with the
   * progress kept; `not_begun` where there is no such workflow, and none began in a moment.
   */
  readonly outcome: 'reached' | 'ended' | 'time_out' | 'stopped' | 'not_begun';
}

/**
 * Moves one workflow's clock ahead with the server's own time skipping; everybody else stays in the
 * present. Timers, the back-off between tries of an activity, updates, signals, children and continue-as-new
 * follow the travelled clock; the back-off before a run's first task (a cron, a retry policy of a workflow or of
 * a child) does not: server 1.32 loses it when time skipping ends, so nothing here has one. A timer that is due in the
 * moment in which a journey ends fires a moment later, and a journey that begins before that passes it over: it fires
 * where that one ends. One that is stopped on its way leaves such a timer, which the next journey waits for. Time
 * waits while an activity runs. Needs a server with `frontend.WorkflowTimeSkippingEnabled`.
 *
 * @param durationMs how far, in milliseconds of the workflow's clock
 * @param limitMs how long to wait for it, in milliseconds of the wall clock
 * @throws ServiceError when the server refuses.
 */
export async function fastForward(
  client: Client,
  workflowId: string,
  durationMs: number,
  limitMs = 120_000,
): Promise<FastForwardResult> {
  const id = randomUUID();
  const deadline = Date.now() + limitMs;
  const arrived = async (outcome: FastForwardResult['outcome']) => ({
    at: await clockOf(client, workflowId),
    outcome,
  });
  const before = await begun(client, workflowId, Math.min(deadline, Date.now() + BEGINS));
  if (before === null) return { at: new Date(), outcome: 'not_begun' };
  if (before !== RUNNING) return arrived(before === PAUSED ? 'stopped' : 'ended');
  await whatIsDue(client, workflowId, Math.min(deadline, Date.now() + FIRES));
  if (Date.now() >= deadline) return arrived('time_out');
  try {
    const fastForwardConfig = { id, duration: toDuration(durationMs) };
    await skipTime(client, workflowId, { enabled: true, maxSessionSkipCount: MAX_SKIPS, fastForwardConfig });
  } catch (error) {
    // It may have ended since it was looked at, or another journey has begun.
    if ((await statusOf(client, workflowId)) !== RUNNING) return arrived('ended');
    if (isTaken(error)) return arrived('stopped');
    throw error;
  }
  for (;;) {
    const left = deadline - Date.now();
    if (left <= 0) {
      return arrived((await stop(client, workflowId)) ? 'time_out' : 'ended');
    }
    const poll = await pollJourney(client, { workflowId, id, until: Date.now() + Math.min(left, 30_000) });
    const result = poll?.fastForwardPollingResult;
    if (result === FastForwardPollingResult.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED)
      return arrived('reached');
    if (result === FastForwardPollingResult.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED) {
      return arrived((await statusOf(client, workflowId)) === RUNNING ? 'stopped' : 'ended');
    }
  }
}

/** Milliseconds in which a timer fires that is due, on a machine that is busy. */
const FIRES = 10_000;

/**
 * Waits until what the last skip went to has come, where a journey was stopped between the two. The next try of an activity
 * comes without an event, so nothing is waited for where one is due.
 */
async function whatIsDue(client: Client, workflowId: string, until: number): Promise<void> {
  const asked = { namespace: client.options.namespace, execution: { workflowId }, maximumPageSize: 20 };
  for (; ; await sleep(50)) {
    const { history } = await client.connection.workflowService.getWorkflowExecutionHistoryReverse(asked);
    const last = history?.events?.find(({ eventType }) => eventType !== OPTIONS_UPDATED);
    const skip = last?.workflowExecutionTimeSkippingTransitionedEventAttributes;
    if (skip == null || skip.disabledAfterFastForward === true || Date.now() >= until) return;
    const { pendingActivities } = await describe(client, workflowId);
    if ((pendingActivities ?? []).some(({ attempt }) => (attempt ?? 1) > 1)) return;
  }
}
const { EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED: OPTIONS_UPDATED } = protocol.temporal.api.enums.v1.EventType;

/** Milliseconds in which a workflow begins whose row is there already. */
const BEGINS = 2_000;

/** Its status, once there is such a workflow; null where there is none until then. */
async function begun(client: Client, workflowId: string, until: number) {
  for (; ; await sleep(100))
    try {
      return await statusOf(client, workflowId);
    } catch (error) {
      if (Number(errorCode(error)) !== NOT_FOUND) throw error;
      if (Date.now() >= until) return null;
    }
}
const NOT_FOUND = 5;

/** What the workflow's own clock shows now; the wall's time where it never travelled, or is not there yet. */
export async function clockOf(client: Client, workflowId: string): Promise<Date> {
  const description = await describe(client, workflowId).catch((error: unknown) => {
    if (Number(errorCode(error)) !== NOT_FOUND) throw error;
  });
  const now = description?.workflowExtendedInfo?.timeSkippingInfo?.currentTime;
  if (now?.seconds === undefined || now.seconds === null) return new Date();
  return new Date(Number(now.seconds) * 1000 + Math.floor((now.nanos ?? 0) / 1e6));
}

/**
 * Waits until no journey of a workflow is under way, whoever began it; and, of a run that has just begun, until what was due as it
 * ended has come: the next journey would pass it over.
 *
 * @param until milliseconds of the epoch
 */
export async function journeyOver(client: Client, workflowId: string, until: number): Promise<void> {
  for (; ; await sleep(50)) {
    const { workflowExtendedInfo, workflowExecutionInfo } = await describe(client, workflowId);
    const isUnderWay = workflowExtendedInfo?.timeSkippingInfo?.fastForwardInfo?.hasCompleted === false;
    if (isUnderWay && Date.now() < until) continue;
    // By the wall; a run that follows another began on the travelled clock, which is ahead.
    const age = Date.now() - Number(workflowExecutionInfo?.startTime?.seconds ?? 0) * 1_000;
    if (age >= 0 && age < LATELY) await sleep(COMES);
    return;
  }
}
/** Milliseconds of the wall: a run has begun lately; what is due comes within. */
const LATELY = 10_000;
const COMES = 1_000;

const { WORKFLOW_EXECUTION_STATUS_RUNNING: RUNNING, WORKFLOW_EXECUTION_STATUS_PAUSED: PAUSED } =
  protocol.temporal.api.enums.v1.WorkflowExecutionStatus;

async function statusOf(client: Client, workflowId: string) {
  return (await describe(client, workflowId)).workflowExecutionInfo?.status;
}

/** Invalid argument, failed precondition, aborted: the server takes no other journey now. */
const isTaken = (error: unknown): boolean => [3, 9, 10].includes(Number(errorCode(error)));

function describe(client: Client, workflowId: string) {
  return client.connection.workflowService.describeWorkflowExecution({
    namespace: client.options.namespace,
    execution: { workflowId },
  });
}

async function skipTime(
  client: Client,
  workflowId: string,
  timeSkippingConfig: protocol.temporal.api.common.v1.ITimeSkippingConfig,
): Promise<void> {
  await client.connection.workflowService.updateWorkflowExecutionOptions({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    updateMask: { paths: ['time_skipping_config'] },
    workflowExecutionOptions: { timeSkippingConfig },
  });
}

/** A journey that nobody waits for any more goes no further. @returns whether the workflow had not come to its end before */
async function stop(client: Client, workflowId: string): Promise<boolean> {
  try {
    await skipTime(client, workflowId, { enabled: false });
    return true;
  } catch (error) {
    if (Number(errorCode(error)) !== NOT_FOUND) throw error;
    return false;
  }
}

interface Poll {
  readonly workflowId: string;
  /** Of the journey. */
  readonly id: string;
  /** Milliseconds of the epoch. */
  readonly until: number;
}

/**
 * @returns undefined where nothing has happened by then.
 * @throws ServiceError when the server cannot say; the journey is stopped.
 */
async function pollJourney(client: Client, { workflowId, id, until }: Poll) {
  const { connection, options } = client;
  const asked = { namespace: options.namespace, workflowExecution: { workflowId }, fastForwardId: id };
  try {
    return await connection.withDeadline(until, () =>
      connection.workflowService.pollWorkflowExecutionTimeSkipping(asked),
    );
  } catch (error) {
    if (isCutOff(error, until)) return undefined;
    await stop(client, workflowId);
    throw error;
  }
}

/** By its deadline: the client says so (4), or the server was first and has ended the call (1). */
function isCutOff(error: unknown, until: number): boolean {
  const code = Number(errorCode(error));
  return code === 4 || (code === 1 && Date.now() > until - 1_000);
}

function toDuration(ms: number) {
  return (
    protocol.temporal.api.common.v1.FastForwardConfig.fromObject({
      duration: { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 },
    }).duration ?? null
  );
}
