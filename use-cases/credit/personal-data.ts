import { and, eq, isNotNull } from 'drizzle-orm';
import { assessments } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';

export const creditData: PersonalData = {
  holds: 'credit assessments: the facts they went by, scores, decisions and their reasons',
  kept: 'as long as the books, without a name beside it; what the person who decided wrote, until the customer is erased',

  export: {
    creditAssessments: list(({ tx, user }) => tx.select().from(assessments).where(eq(assessments.customerId, user.id))),
  },

  // The law on consumer credit wants decisions kept, and what they went by.
  async erase({ tx }, { id }) {
    await tx
      .update(assessments)
      .set({ decisionReason: 'erased' })
      .where(and(eq(assessments.customerId, id), isNotNull(assessments.decisionReason)));
  },
};
