CREATE TABLE "telematics"."immobilisations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"lease_id" uuid,
	"cause" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"order_reference" text,
	"ordered_by" jsonb NOT NULL,
	"confirmed_by" jsonb,
	"threshold" integer DEFAULT 0 NOT NULL,
	"warning_key" text,
	"commanded" boolean DEFAULT false NOT NULL,
	"starting_at" timestamp (3) with time zone,
	"end_reason" text,
	"emergency_until" timestamp (3) with time zone,
	"code_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"stopped_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "immobilisations_state" CHECK ("telematics"."immobilisations"."state" in ('warned', 'awaiting_confirmation', 'waiting', 'stopping', 'stopped', 'starting', 'ended')),
	CONSTRAINT "immobilisations_ended" CHECK (("telematics"."immobilisations"."state" = 'ended') = ("telematics"."immobilisations"."ended_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "telematics"."market_rules" (
	"id" uuid PRIMARY KEY NOT NULL,
	"market" char(2) NOT NULL,
	"effective_from" date NOT NULL,
	"least_days_past_due" integer NOT NULL,
	"notice_hours" integer NOT NULL,
	"from_hour" integer NOT NULL,
	"until_hour" integer NOT NULL,
	"stops_after_two_thirds" boolean NOT NULL,
	"sale_days_after_demand" integer NOT NULL,
	"source" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "market_rules_numbers" CHECK ("telematics"."market_rules"."least_days_past_due" >= 1 and "telematics"."market_rules"."notice_hours" >= 1 and "telematics"."market_rules"."from_hour" >= 0 and "telematics"."market_rules"."until_hour" between "telematics"."market_rules"."from_hour" + 1 and 24 and "telematics"."market_rules"."sale_days_after_demand" >= 0)
);
--> statement-breakpoint
CREATE TABLE "telematics"."commands" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"tracker_id" uuid NOT NULL,
	"immobilisation_id" uuid,
	"type" text NOT NULL,
	"state" text DEFAULT 'created' NOT NULL,
	"reason" text,
	"issued_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"acknowledged_at" timestamp (3) with time zone,
	"observed_at" timestamp (3) with time zone,
	CONSTRAINT "commands_state" CHECK ("telematics"."commands"."state" in ('created', 'sent', 'acknowledged', 'succeeded', 'failed', 'rejected', 'expired')),
	CONSTRAINT "commands_life" CHECK ("telematics"."commands"."expires_at" > "telematics"."commands"."issued_at")
);
--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ALTER COLUMN "immobilise_after_days_past_due" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "immobilisation_id" uuid;--> statement-breakpoint
ALTER TABLE "telematics"."trackers" ADD COLUMN "relay_proven_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "telematics"."trackers" ADD COLUMN "code_count" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "immobilisations_open" ON "telematics"."immobilisations" USING btree ("vehicle_id") WHERE "telematics"."immobilisations"."state" <> 'ended';--> statement-breakpoint
CREATE INDEX "immobilisations_vehicle" ON "telematics"."immobilisations" USING btree ("vehicle_id","created_at");--> statement-breakpoint
CREATE INDEX "immobilisations_lease" ON "telematics"."immobilisations" USING btree ("lease_id");--> statement-breakpoint
CREATE UNIQUE INDEX "market_rules_from" ON "telematics"."market_rules" USING btree ("market","effective_from");--> statement-breakpoint
CREATE UNIQUE INDEX "commands_one_in_flight" ON "telematics"."commands" USING btree ("vehicle_id") WHERE "telematics"."commands"."state" in ('created', 'sent', 'acknowledged');--> statement-breakpoint
CREATE INDEX "commands_vehicle" ON "telematics"."commands" USING btree ("vehicle_id","issued_at");--> statement-breakpoint
CREATE INDEX "commands_created" ON "telematics"."commands" USING btree ("tracker_id") WHERE "telematics"."commands"."state" = 'created';
--> statement-breakpoint
INSERT INTO "telematics"."market_rules" ("id", "market", "effective_from", "least_days_past_due", "notice_hours", "from_hour", "until_hour", "stops_after_two_thirds", "sale_days_after_demand", "source") VALUES
('0193a000-0000-7000-8000-000000000001', 'UG', '2009-07-01', 3, 24, 8, 18, false, 60, 'Hire Purchase Act, 2009 and Tier 4 Microfinance Institutions and Money Lenders Act, 2016; days, notice and hours: the lender''s policy, which counsel confirms before going live'),
('0193a000-0000-7000-8000-000000000002', 'KE', '2010-08-27', 7, 24, 8, 18, false, 60, 'Hire-Purchase Act (Cap. 507), two thirds paid: only by suit; Movable Property Security Rights Act, 2017; days, notice and hours: the lender''s policy, which counsel confirms before going live'),
('0193a000-0000-7000-8000-000000000003', 'RW', '2010-05-28', 3, 24, 8, 18, false, 60, 'Law on security interests in movable property; two thirds, days, notice and hours: the lender''s policy, which counsel confirms before going live');
