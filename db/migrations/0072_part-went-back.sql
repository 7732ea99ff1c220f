ALTER TABLE "payments"."give_backs" ADD COLUMN "amount" bigint;--> statement-breakpoint
ALTER TABLE "payments"."inbound" ADD COLUMN "went_back" bigint DEFAULT 0 NOT NULL;