import type { Context } from '#use-cases/context';
import { advanceLease } from '#use-cases/leases/advance-lease';
import { completeLease, endApplication } from '#use-cases/leases/end-lease';
import { writeOffLease } from '#use-cases/leases/write-off';
import { handOver } from '#use-cases/leases/hand-over';
import { chargeLateFees } from '#use-cases/leases/charge-late-fees';
import { waiveFees } from '#use-cases/leases/waive-fees';
import { positionToGrant } from '#use-cases/leases/in-doubt';
import { lockLease, oldestUnpaid } from '#use-cases/leases/lease-record';
import { pauseLease, resumeLease } from '#use-cases/leases/pause-lease';
import { promisePayment } from '#use-cases/leases/promise-payment';
import { returnVehicle } from '#use-cases/leases/return-vehicle';
import { recoverTheft, reportTheft } from '#use-cases/leases/report-theft';
import { restructureLease } from '#use-cases/leases/restructure-lease';
import { addDays, instantOf } from '#domain/calendar';
import type { Standing } from '#domain/leases/standing';
import { isRunning } from '#domain/leases/status';
import { positionIn, readBooks } from './checks.ts';
import { changes, command as commands, givesUpDispute, insurerPays, looksAtReceipts, loses } from './changes.ts';
import { charge, decide, giveBack, hear, hearOf, settle } from './charges.ts';
import { untroubled, type Life, type Step } from './lives.ts';
import { bookAgain, confirm, payOut, receives, remit, resolve, reverse, suspendRest } from './received.ts';
import { cashier } from './stage.ts';
import { MINUTE, type World } from './world.ts';

const DAY = 24 * 3_600_000;

/** Does one step as the workflow, a person or a machine would: what its status does not allow is not begun. */
export async function take(world: World, step: Step): Promise<void> {
  const { leaseId } = world;
  switch (step.do) {
    case 'wait':
      world.at += step.days * DAY;
      return;
    case 'clock': {
      const midnight = instantOf(addDays(world.today, 1), 0, world.life.market);
      world.at = step.at === '00:00' ? midnight : Math.max(world.at, midnight - MINUTE);
      return;
    }
    case 'overdue':
      return overdue(world, step);
    case 'charge':
      return charge(world, step, step);
    case 'hear':
      return hear(world, step);
    case 'decide':
      return decide(world, step);
    case 'settle':
      return settle(world, step);
    case 'cash':
    case 'inbound':
      return receives(world, step);
    case 'confirm':
      await confirm(world, step);
      return;
    case 'remit':
      return remit(world, step);
    case 'resolve':
      return resolve(world, step);
    case 'reverse':
      return reverse(world, step);
    case 'book again':
      return bookAgain(world, step);
    case 'give up dispute':
      return givesUpDispute(world, step);
    case 'insurer':
      return void (await insurerPays(world, step, step.share));
    case 'look at receipts':
      return void (await looksAtReceipts(world, step));
    case 'give back':
      return void (await giveBack(world, step, step.claims));
    case 'pay out':
      return void (await payOut(world, step, world.agents[step.agent] ?? cashier, world.whole(step.sum)));
    case 'withdraw': {
      const end = { leaseId, as: 'withdrawn', reason: 'test' } as const;
      if (!isRunning((await world.row()).status)) await world.machine(step, (context) => endApplication(context, end));
      return;
    }
    case 'hand over':
      return handsOver(world, step);
    default:
      if (isRunning((await world.row()).status)) return runs(world, step);
  }
}

async function handsOver(world: World, step: Step): Promise<void> {
  const { leaseId } = world;
  const { status } = await world.row();
  if (status !== 'awaiting_deposit' && status !== 'awaiting_handover') return;
  await world.machine(step, (context) => advanceLease(context, { leaseId, to: 'awaiting_handover' }));
  if ((await world.row()).status !== 'awaiting_handover') return;
  await world.person(step, world.agents[0], (context) => handOver(context, { leaseId, odometerKm: 1 }));
}

/** What may be done to a lease that runs. */
async function runs(world: World, step: Step): Promise<void> {
  const { leaseId } = world;
  const command = (work: (context: Context) => Promise<Standing>) => commands(world, step, world.admin, work);
  const { status } = await world.row();
  const isCollected = status === 'active' || status === 'in_arrears';
  switch (step.do) {
    case 'pause':
      if (isCollected) await command((context) => pauseLease(context, { leaseId, kind: 'repair', days: step.days }));
      return;
    case 'promise': {
      // What is due by then is promised: less than is asked for is refused, and more.
      const on = addDays(world.today, 7);
      const promise = async (context: Context) => {
        const record = await lockLease(context.tx, leaseId);
        const { depositDue, feesDue, dueNow } = await positionToGrant(context, record, on);
        return promisePayment(context, { leaseId, on, amount: depositDue + feesDue + dueNow });
      };
      if (isCollected) await command(promise);
      return;
    }
    case 'restructure': {
      const wish = { leaseId, instalments: step.instalments, reason: 'test' };
      if (isCollected) await command((context) => restructureLease(context, wish));
      return;
    }
    case 'resume':
      return void (await world.person(step, world.admin, (context) => resumeLease(context, { leaseId })));
    case 'fees':
      if (isCollected) await world.machine(step, (context) => chargeLateFees(context, { leaseId }));
      return;
    case 'arrears': {
      const change = { leaseId, to: 'in_arrears', reason: 'past grace', event: 'lease.in_arrears' } as const;
      return void (await world.machine(step, (context) => advanceLease(context, change)));
    }
    case 'forgive': {
      if (isCollected) await world.machine(step, (context) => chargeLateFees(context, { leaseId }));
      const waiver = {
        leaseId,
        amount: Math.ceil(world.whole(step.sum) / 25 / world.unit) * world.unit,
        reason: 'test',
      };
      return void (await command((context) => waiveFees(context, waiver)));
    }
    case 'complete':
      return completes(world);
    case 'write off': {
      const loss = { leaseId, reason: 'test' };
      return void (await world.person(step, world.admin, (context) => writeOffLease(context, loss)));
    }
    case 'theft':
      return void (await command((context) => reportTheft(context, { leaseId })));
    case 'found':
      return void (await command((context) => recoverTheft(context, { leaseId })));
    case 'return':
      return void (await command((context) => returnVehicle(context, { leaseId, reason: 'test' })));
    case 'total loss':
    case 'insured write-off': {
      const { outstanding, feesDue } = await positionOf(world);
      return loses(world, step, outstanding + feesDue);
    }
    default:
      await changes(world, step);
  }
}

/** A line stays open for so many days more than its grace, and then the fees are charged. */
async function overdue(world: World, step: Extract<Step, { do: 'overdue' }>): Promise<void> {
  const { row, lines } = await readBooks(world);
  const open = oldestUnpaid(row, lines);
  if (open === null || (row.status !== 'active' && row.status !== 'in_arrears')) return;
  const day = addDays(open, row.plan.graceDays + step.days);
  world.at = Math.max(world.at, instantOf(day, 9, world.life.market));
  await world.machine(step, (context) => chargeLateFees(context, { leaseId: world.leaseId }));
}

const positionOf = async (world: World) => positionIn(await readBooks(world));

async function completes(world: World): Promise<void> {
  const { outstanding, feesDue } = await positionOf(world);
  if (outstanding + feesDue > 0) return;
  await world.machine(untroubled, (context) => completeLease(context, { leaseId: world.leaseId }));
}

/** All that is still open comes to its end: doubts, the deposit, the lines, and what is to be given back. */
export async function end(world: World, { atLast }: Pick<Life, 'atLast'>): Promise<void> {
  await suspendRest(world);
  await becomesKnown(world, atLast);
  for (const { status } of await world.items())
    if (status === 'suspense') await take(world, { do: 'resolve', which: 0, both: false, ...untroubled });
  // While a case says that its money has gone, no vehicle goes out.
  while (await looksAtReceipts(world, untroubled));
  if ((await world.row()).status.startsWith('awaiting_')) {
    await payOff(world, async () => (await positionOf(world)).depositDue);
    await take(world, { do: 'hand over', ...untroubled });
  }
  const { status } = await world.row();
  if (status === 'paused') await take(world, { do: 'resume', ...untroubled });
  if (status === 'stolen') await take(world, { do: 'found', ...untroubled });
  if (isRunning((await world.row()).status)) {
    world.at += 400 * DAY;
    // While a quote is paid that hangs on a day of cash, nobody is asked for what it may save.
    if (!(await readBooks(world)).row.quoteWaits) await paysAll(world);
    await decideAll(world, atLast === 'paid' ? 'confirmed' : 'rejected');
    if (isRunning((await world.row()).status)) await paysAll(world);
  }
  while (await insurerPays(world, untroubled, atLast === 'paid' ? 100 : 0));
  while (await looksAtReceipts(world, untroubled));
  while (await giveBack(world, untroubled, ['paid']));
  const { credit } = await world.row();
  // Much of a pay-bill whose payer nobody knows an admin pays out.
  if (credit > 0) await payOut(world, untroubled, { ...cashier, role: 'admin' }, credit);
}

async function becomesKnown(world: World, atLast: Life['atLast']): Promise<void> {
  for (const payment of await world.payments()) {
    const isOpen = payment.status === 'pending' || payment.status === 'unknown';
    const lacksReceipt = payment.status === 'succeeded' && payment.providerReference === null;
    if (isOpen || (lacksReceipt && payment.provider !== 'cash'))
      await hearOf(world, untroubled, payment, isOpen ? atLast : 'paid', null);
  }
}

async function paysAll(world: World): Promise<void> {
  await payOff(world, async () => {
    const { outstanding, feesDue } = await positionOf(world);
    return outstanding + feesDue;
  });
  if (isRunning((await world.row()).status)) await completes(world);
}

/** Days of cash that nobody has decided on: a lease may wait for them, and owe more, or less, when they are. */
async function decideAll(world: World, decision: 'confirmed' | 'rejected'): Promise<void> {
  while (await confirm(world, { do: 'confirm', which: 0, decision, ...untroubled }));
}

/** Automatic prompts, which take whole units, are enough to pay what is owed. */
async function payOff(world: World, owed: () => Promise<number>): Promise<void> {
  for (let tries = 0; (await owed()) > 0; tries += 1) {
    if (tries === 3) throw new Error(`it cannot be paid off: ${await owed()} are left`);
    await charge(world, untroubled, { sum: null, claims: ['paid'] });
  }
}
