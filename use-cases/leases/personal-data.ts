import { and, asc, eq, isNull, lt, not, or, sql } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { listAgreements } from '#db/queries/agreements';
import { listDemands } from '#db/queries/demands';
import { doubtsOf } from '#db/queries/doubts';
import { leaseClock, scheduleOf, type LeaseRow } from '#db/queries/leases';
import { outer } from '#db/queries/outer';
import { isOfFormer, whileHeldBy } from '#db/queries/tenures';
import { countOpenRefunds } from '#db/queries/payments';
import { agreements, audit, deaths, demands, hardships, leases, outbox, tenures, thefts } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { keptSince } from '#domain/leases/agreement/kept';
import { whatKeepsData } from '#domain/leases/keeps-data';
import { owedOf, positionOn } from '#domain/leases/position';
import { isGivenUp } from '#domain/leases/status';
import { forgetWords } from '../events/personal-data.ts';
import { list, type PersonalData } from '../personal-data.ts';
import { isVehicleKept } from './repossession/repossession-record.ts';
import { leaseRetention } from './retention.ts';

/** More than anybody has. */
const MOST_AGREEMENTS = 1_000;

export const leaseData: PersonalData = {
  holds:
    'leases, those that were made over to somebody else too, agreements with the name signed under them, what was demanded in writing, what happened to them, thefts and deaths that were reported, relief that was asked for',
  kept: 'leases, when they were signed and the audit trail as long as the books; hashes and codes of signed agreements as long; drafts a quarter; their files as long as the lease goes on and the law of its market asks then, and without a name beside them once the customer is erased; the papers of demands, the name, what the police file a theft under, and what people typed about a lease (in the audit nobody reads it any more), until the customer is erased',
  retention: leaseRetention,

  export: {
    leases: list(({ tx, user }) =>
      tx.select().from(leases).where(eq(leases.customerId, user.id)).orderBy(asc(leases.createdAt)),
    ),
    tenures: list(({ tx, user }) =>
      tx.select().from(tenures).where(eq(tenures.customerId, user.id)).orderBy(asc(tenures.until)),
    ),
    hardships: list(({ tx, user }) =>
      tx
        .select()
        .from(hardships)
        .where(whileHeldBy(user.id, hardships.leaseId, hardships.requestedAt)),
    ),
    deaths: list(({ tx, user }) => tx.select().from(deaths).where(eq(deaths.customerId, user.id))),
    thefts: list(({ tx, user }) =>
      tx
        .select()
        .from(thefts)
        .where(whileHeldBy(user.id, thefts.leaseId, thefts.reportedAt)),
    ),
    demands: list(({ tx, user }) => listDemands(tx, { customerId: user.id }, { limit: MOST_AGREEMENTS })),
    agreements: list(({ tx, user }) => listAgreements(tx, { customerId: user.id }, { limit: MOST_AGREEMENTS })),
    history: list(({ tx, user }) =>
      tx
        .select({ at: audit.at, type: audit.type, subject: audit.subject, detail: shown })
        .from(audit)
        .where(
          or(eq(audit.subject, user.id), and(whileHeldBy(user.id, audit.leaseId, audit.at), not(isOfFormer(user.id)))),
        )
        .orderBy(asc(audit.number)),
    ),
  },

  async open(tx, user) {
    const theirs = await tx.select().from(leases).where(eq(leases.customerId, user.id)).orderBy(asc(leases.id));
    const doubts = await doubtsOf(tx, theirs);
    const found = [];
    for (const row of theirs) {
      const at = leaseClock(row);
      const underWay = (await countOpenRefunds(tx, row.id)) + (doubts.get(row.id) ?? []).length;
      const writtenOff = isGivenUp(row.status) ? await givenUpOf(tx, row, at) : 0;
      const path = `leases.${row.reference}`;
      const isKept = row.status === 'repossessed' && (await isVehicleKept(tx, row.id));
      for (const why of whatKeepsData({ ...row, at, writtenOff, underWay, isKept }))
        found.push({ path, message: `${why}: see GET /v1/leases/${row.id}` });
    }
    return found;
  },

  async erase({ tx, at }, user) {
    await tx.update(leases).set({ signedName: null }).where(eq(leases.customerId, user.id));
    await tx
      .update(hardships)
      .set({ evidence: null, note: null, agentNote: null })
      .where(whileHeldBy(user.id, hardships.leaseId, hardships.requestedAt));
    await tx.update(deaths).set({ note: null }).where(eq(deaths.customerId, user.id));
    await tx.update(tenures).set({ signedName: null }).where(eq(tenures.customerId, user.id));
    await tx.delete(agreements).where(and(eq(agreements.customerId, user.id), isNull(agreements.inForceAt)));
    await tx.update(demands).set({ pdfEncrypted: null }).where(eq(demands.customerId, user.id));
    await tx.update(agreements).set({ signedName: null }).where(eq(agreements.customerId, user.id));
    await tx
      .update(agreements)
      .set({ htmlEncrypted: null, pdfEncrypted: null })
      .where(and(eq(agreements.customerId, user.id), isKeptNoLonger(at)));
    await tx
      .update(thefts)
      .set({ policeReference: null })
      .where(whileHeldBy(user.id, thefts.leaseId, thefts.reportedAt));
    // The audit is never changed: there they are kept from whoever reads (`timelineOf`).
    await forgetWords(tx, whileHeldBy(user.id, outbox.leaseId, outbox.time));
  },
};

/** Papers that nobody may sue by: nothing came of them, or their lease ended long ago. What goes later `leaseRetention` takes. */
const isKeptNoLonger = (at: Date) => {
  const isPast = keptSince(at).map(([market, since]) => and(eq(leases.market, market), lt(leases.endedAt, since)));
  const ended = sql`exists (select from ${leases} where ${leases.id} = ${outer(agreements.leaseId)} and ${or(...isPast)})`;
  return or(eq(agreements.became, 'void'), ended);
};

/** What of an entry he is told: why a person looks at his papers is for staff. */
const shown = sql<
  Record<string, unknown>
>`case when ${audit.type} = 'kyc.in_review' then ${audit.detail} - 'why' else ${audit.detail} end`;

/** What of a written-off lease is not paid, minor units. */
async function givenUpOf(tx: Transaction, row: LeaseRow, at: Date): Promise<number> {
  const lines = await scheduleOf(tx, row.id, row.scheduleVersion);
  return owedOf(positionOn(localDateAt(at.getTime(), row.market), row, lines));
}
