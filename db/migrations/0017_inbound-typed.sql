DROP INDEX "payments"."attempts_cash_receipt";--> statement-breakpoint
ALTER TABLE "identity"."refresh_tokens" ADD COLUMN "successor_encrypted" text;--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD COLUMN "receipt_normal" text;--> statement-breakpoint
CREATE INDEX "refresh_tokens_successor" ON "identity"."refresh_tokens" USING btree ("used_at") WHERE "identity"."refresh_tokens"."successor_encrypted" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_cash_receipt" ON "payments"."attempts" USING btree ("agent_id","receipt_normal");