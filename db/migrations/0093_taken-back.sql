DROP INDEX "payments"."attempts_reversed";--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD COLUMN "taken_back" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "attempts_taken_back" ON "payments"."attempts" USING btree ("provider") WHERE "payments"."attempts"."status" = 'reversed' or "payments"."attempts"."taken_back" > 0;--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD CONSTRAINT "attempts_taken_back" CHECK ("payments"."attempts"."taken_back" between 0 and coalesce("payments"."attempts"."settled_amount", "payments"."attempts"."amount"));