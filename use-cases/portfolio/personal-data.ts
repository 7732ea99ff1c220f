import { asc, eq, getTableColumns } from 'drizzle-orm';
import { calls, leases } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';

export const portfolioData: PersonalData = {
  holds: 'when staff rang the customer about what is late, and how that went',
  kept: 'as long as the lease, which has no name beside it after an erasure; what is summed over all leases names nobody',

  export: {
    calls: list(({ tx, user }) => {
      const { number: _number, ...call } = getTableColumns(calls);
      return tx
        .select(call)
        .from(calls)
        .innerJoin(leases, eq(leases.id, calls.leaseId))
        .where(eq(leases.customerId, user.id))
        .orderBy(asc(calls.number));
    }),
  },

  // There is no name in it.
  erase: () => Promise.resolve(),
};
