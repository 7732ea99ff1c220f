import protocol from '@temporalio/proto';
import { expect, it } from 'vitest';
import { holding } from './what-holds.ts';

const { WORKFLOW_EXECUTION_STATUS_PAUSED } = protocol.temporal.api.enums.v1.WorkflowExecutionStatus;
const activity = (activityId: string, name: string, attempt = 1, paused = false) => ({
  activityId,
  activityType: { name },
  attempt,
  paused,
});
const payment = activity('collect-1', 'collect', 40);

it.each([
  ['a payment in flight', { pendingActivities: [payment] }, /payment in flight/],
  [
    'an activity that fails, beside a payment',
    { pendingActivities: [payment, activity('7', 'restructureLease', 12)] },
    /restructureLease fails, and was tried 12 times/,
  ],
  ['an activity that is slow', { pendingActivities: [activity('7', 'chargeLateFees')] }, /chargeLateFees is under way/],
  ['a paused activity', { pendingActivities: [activity('7', 'sendText', 1, true)] }, /an operator has paused sendText/],
  [
    'a paused workflow',
    { workflowExecutionInfo: { status: WORKFLOW_EXECUTION_STATUS_PAUSED }, pendingActivities: [payment] },
    /an operator has paused it/,
  ],
  ['a workflow task that fails', { pendingWorkflowTask: { attempt: 9 } }, /workflow task fails/],
  ['nothing of these', {}, /on its way still/],
])('what holds a lease: %s', (_what, facts, words) => {
  expect(holding(facts)).toMatch(words);
});
