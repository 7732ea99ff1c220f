ALTER TABLE "leases"."settlement_quotes" ADD COLUMN "book_number" bigint;--> statement-breakpoint
-- Quotes of before know by their time what was in the book when they were made.
UPDATE "leases"."settlement_quotes" SET "book_number" = (
  SELECT coalesce(max(t.number), 0) FROM "ledger"."transfers" t
  WHERE t.book = 'lease:' || "settlement_quotes"."lease_id" AND t.at <= "settlement_quotes"."quoted_at");--> statement-breakpoint
ALTER TABLE "leases"."settlement_quotes" ALTER COLUMN "book_number" SET NOT NULL;
