ALTER TABLE "payments"."remittances" ADD COLUMN "declared_by" uuid;--> statement-breakpoint
-- Who declared what was declared before is in the audit trail.
UPDATE "payments"."remittances" r SET "declared_by" = coalesce(
  (SELECT (a.actor ->> 'id')::uuid FROM "events"."audit" a WHERE a.type = 'remittance.declared' AND a.subject = r.id::text),
  r.agent_id);--> statement-breakpoint
ALTER TABLE "payments"."remittances" ALTER COLUMN "declared_by" SET NOT NULL;
