DROP INDEX "payments"."attempts_cash_receipt";--> statement-breakpoint
ALTER TABLE "identity"."refresh_tokens" ADD COLUMN "successor_encrypted" text;--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD COLUMN "receipt_normal" text;--> statement-breakpoint
CREATE INDEX "refresh_tokens_successor" ON "identity"."refresh_tokens" USING btree ("used_at") WHERE "identity"."refresh_tokens"."successor_encrypted" is not null;--> statement-breakpoint
UPDATE "payments"."attempts" SET "receipt_normal" = coalesce(nullif(upper(
    regexp_replace(normalize("receipt_number", NFKC) COLLATE "pg_c_utf8", '[^[:alnum:]]', '', 'g')), ''), "receipt_number")
  WHERE "receipt_number" IS NOT NULL;--> statement-breakpoint
-- One receipt that is booked twice stays booked: the later ones get a mark, and a person looks at each.
WITH twins AS (
  SELECT id, row_number() OVER receipt AS place, first_value(id) OVER receipt AS first
  FROM payments.attempts WHERE receipt_normal IS NOT NULL
  WINDOW receipt AS (PARTITION BY agent_id, receipt_normal ORDER BY created_at, id)
), later AS (
  UPDATE payments.attempts SET receipt_normal = receipt_normal || '#' || place
  FROM twins WHERE attempts.id = twins.id AND place > 1
  RETURNING attempts.id, attempts.lease_id, attempts.amount, attempts.currency, twins.first
)
INSERT INTO payments.cases (id, key, kind, lease_id, payment_id, detail)
  SELECT gen_random_uuid(), 'duplicate_receipt:' || id, 'duplicate_receipt', lease_id, id,
    jsonb_build_object('sameAs', first, 'amount', amount, 'currency', currency)
  FROM later;--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_cash_receipt" ON "payments"."attempts" USING btree ("agent_id","receipt_normal");