CREATE TABLE "payments"."give_backs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"inbound_id" uuid NOT NULL,
	"status" text NOT NULL,
	"declined" text,
	"reason" text NOT NULL,
	"requested_by" uuid NOT NULL,
	"sent" boolean DEFAULT false NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"provider_request_id" text,
	"provider_reference" text,
	"callback_hash" text NOT NULL,
	"claim" jsonb,
	"transfer_id" uuid,
	"settled_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "give_backs_status" CHECK ("payments"."give_backs"."status" in ('pending', 'succeeded', 'failed', 'unknown'))
);
--> statement-breakpoint
ALTER TABLE "payments"."give_backs" ADD CONSTRAINT "give_backs_inbound_id_inbound_id_fk" FOREIGN KEY ("inbound_id") REFERENCES "payments"."inbound"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "give_backs_callback" ON "payments"."give_backs" USING btree ("callback_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "give_backs_open" ON "payments"."give_backs" USING btree ("inbound_id") WHERE "payments"."give_backs"."status" in ('pending', 'unknown');--> statement-breakpoint
CREATE INDEX "give_backs_inbound" ON "payments"."give_backs" USING btree ("inbound_id","created_at");--> statement-breakpoint
CREATE INDEX "give_backs_reference" ON "payments"."give_backs" USING btree ("provider_reference");