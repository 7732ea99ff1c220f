-- What failed has no receipt, whatever was typed for it.
UPDATE "payments"."attempts" SET "provider_reference" = NULL WHERE "status" = 'failed' AND "provider_reference" IS NOT NULL;--> statement-breakpoint
-- One receipt that two payments had in two spellings is the first one's; the other is a case, as if it were confirmed today.
WITH "later" AS (
  SELECT "id", "lease_id", "provider", "provider_reference", row_number() OVER (
    PARTITION BY "provider", "currency", upper(regexp_replace("provider_reference", '[[:space:]]', '', 'g'))
    ORDER BY "created_at", "id"
  ) AS "place"
  FROM "payments"."attempts"
  WHERE "kind" <> 'refund' AND "status" = 'succeeded' AND "provider_reference" IS NOT NULL
), "freed" AS (
  UPDATE "payments"."attempts" AS "attempt" SET "provider_reference" = NULL
  FROM "later" WHERE "later"."id" = "attempt"."id" AND "later"."place" > 1
  RETURNING "later"."id", "later"."lease_id", "later"."provider", "later"."provider_reference"
)
INSERT INTO "payments"."cases" ("id", "key", "kind", "lease_id", "payment_id", "detail")
SELECT gen_random_uuid(), 'receipt_taken:' || "id", 'receipt_taken', "lease_id", "id",
  jsonb_build_object('provider', "provider", 'receipt', "provider_reference")
FROM "freed" ON CONFLICT DO NOTHING;--> statement-breakpoint
DROP INDEX "payments"."attempts_receipt";--> statement-breakpoint
DROP INDEX "payments"."attempts_reference";--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_receipt" ON "payments"."attempts" USING btree ("provider","currency",upper(regexp_replace("provider_reference", '[[:space:]]', '', 'g'))) WHERE "payments"."attempts"."kind" <> 'refund' and "payments"."attempts"."status" = 'succeeded';--> statement-breakpoint
CREATE INDEX "attempts_reference" ON "payments"."attempts" USING btree ("provider",upper(regexp_replace("provider_reference", '[[:space:]]', '', 'g')));