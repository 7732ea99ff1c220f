ALTER TABLE "leases"."leases" ADD COLUMN "lacks_guarantor" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."guarantees" ADD COLUMN "phone_hash" text;--> statement-breakpoint
CREATE INDEX "guarantees_phone" ON "leases"."guarantees" USING btree ("phone_hash");--> statement-breakpoint
CREATE INDEX "guarantees_open" ON "leases"."guarantees" USING btree ("status") WHERE "leases"."guarantees"."status" in ('invited', 'consented');--> statement-breakpoint
CREATE INDEX "inbound_payment" ON "payments"."inbound" USING btree ("payment_id") WHERE "payments"."inbound"."payment_id" is not null;