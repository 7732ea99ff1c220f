import { asc, eq } from 'drizzle-orm';
import { calls, leases } from '#db/schema/index';
import type { PersonalData } from '../personal-data.ts';

export const portfolioData: PersonalData = {
  holds: 'when staff rang the customer about what is late, and how that went',
  kept: 'as long as the lease, which has no name beside it after an erasure; what is summed over all leases names nobody',

  async export({ tx, user }) {
    const made = await tx
      .select({ call: calls })
      .from(calls)
      .innerJoin(leases, eq(leases.id, calls.leaseId))
      .where(eq(leases.customerId, user.id))
      .orderBy(asc(calls.number));
    return { calls: made.map(({ call: { number: _number, ...call } }) => call) };
  },

  // There is no name in it.
  erase: () => Promise.resolve(),
};
