import type { UpdateDefinition } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import { hasEnded, isRunning, takesPayments, type LeaseStatus } from '#domain/leases/status';
import { credit, leases, payments } from './activities.ts';
import { bookArrived, settle } from './collecting.ts';
import * as messages from './messages.ts';
import { refusal } from './messages.ts';
import type { LeaseRun } from './run.ts';

/** Wires what people ask and machines tell to a run. Validators refuse at once, without a trace in the history. */
export function answer(lease: LeaseRun): void {
  answerApplicant(lease);
  answerMoney(lease);
  answerStaff(lease);
  answerMachines(lease);
}

/** A person's command: refused unless `allowed`, carried out to its end once it has begun. */
function command<Result, Input>(
  lease: LeaseRun,
  definition: UpdateDefinition<Result, [Input]>,
  allowed: () => boolean,
  work: (input: Input) => Promise<Result>,
): void {
  const refuse = () => refusal('invalid_state', `this is not possible while the lease is ${lease.status}`);
  setHandler<Result, [Input], UpdateDefinition<Result, [Input]>>(
    definition,
    async (input) => {
      await condition(() => allowed() || !lease.inTransition);
      if (!allowed()) throw refuse();
      return lease.carryOut(() => work(input));
    },
    {
      validator: () => {
        if (!allowed() && !lease.inTransition) throw refuse();
      },
    },
  );
}

function answerApplicant(lease: LeaseRun): void {
  const is = (status: LeaseStatus) => () => lease.status === status;

  command(lease, messages.acceptOffer, is('offered'), async ({ actor }) => {
    const until = new Date(Date.now() + lease.state.terms.signHours * 3_600_000).toISOString();
    lease.state.undo.push('releaseVehicle');
    lease.stands(await leases().holdVehicle({ leaseId: lease.id, until, actor, ...lease.now }));
    return lease.state.standing;
  });

  command(lease, messages.sign, is('reserved'), async ({ actor, name }) => {
    lease.stands(await leases().signAgreement({ leaseId: lease.id, name, actor, ...lease.now }));
    return lease.state.standing;
  });

  // Not a `command`: the story finishes what is being carried out first, and then ends.
  const withdrawable = () => !hasEnded(lease.status) && !isRunning(lease.status);
  setHandler(
    messages.withdraw,
    async ({ reason }) => {
      lease.withdrawal = reason;
      await condition(() => !withdrawable());
      if (hasEnded(lease.status)) return lease.state.standing;
      lease.withdrawal = null;
      throw refusal('invalid_state', 'the vehicle was handed over meanwhile');
    },
    {
      validator: (_request) => {
        if (!withdrawable()) throw refusal('invalid_state', `this is not possible while the lease is ${lease.status}`);
      },
    },
  );
}

function answerMoney(lease: LeaseRun): void {
  command(
    lease,
    messages.pay,
    () => takesPayments(lease.status),
    async ({ actor, ...payment }) => {
      const order = { leaseId: lease.id, kind: 'pay', ...payment } as const;
      const requested = await payments().requestPayment({ ...order, actor, ...lease.now });
      lease.inBackground(async () => {
        if ((await settle(lease, order)) === 'succeeded') lease.state.failures = 0;
      });
      return requested;
    },
  );

  command(
    lease,
    messages.changePaymentMethod,
    () => !hasEnded(lease.status),
    async ({ actor, paymentMethodId }) => {
      await leases().changePaymentMethod({ leaseId: lease.id, paymentMethodId, actor, ...lease.now });
      lease.state.notBefore = 0;
      return lease.state.standing;
    },
  );
}

function answerStaff(lease: LeaseRun): void {
  command(
    lease,
    messages.decideCredit,
    () => lease.status === 'assessing' && lease.creditDecision === null,
    async ({ actor, ...decision }) => {
      const conditions = decision.conditions ?? null;
      const decided = await credit().recordCreditDecision({ ...decision, conditions, actor, ...lease.now });
      lease.creditDecision = decided;
      return decided.assessmentId;
    },
  );

  command(
    lease,
    messages.handOver,
    () => lease.status === 'awaiting_handover',
    async ({ actor, odometerKm }) => {
      lease.stands(await leases().handOver({ leaseId: lease.id, odometerKm, actor, ...lease.now }));
      return lease.state.standing;
    },
  );
}

function answerMachines(lease: LeaseRun): void {
  setHandler(messages.moneyArrived, ({ attemptId }) => {
    if (lease.isNews(`money:${attemptId}`)) lease.inBackground(() => bookArrived(lease, attemptId));
  });
  setHandler(messages.kycDecided, ({ status }) => {
    lease.kyc = status;
    lease.changes += 1;
  });
  setHandler(messages.riskDetected, (risk) => {
    if (lease.isNews(`risk:${risk.riskEventId}`))
      lease.inBackground(() => leases().noteRisk({ leaseId: lease.id, risk, ...lease.now }));
  });
  setHandler(messages.currentStanding, () => lease.state.standing);
}
