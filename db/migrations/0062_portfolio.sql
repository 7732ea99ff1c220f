CREATE SCHEMA "portfolio";
--> statement-breakpoint
CREATE TABLE "portfolio"."calls" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"outcome" text NOT NULL,
	"call_again_on" date,
	"by" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"on" date NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "portfolio"."calls_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1)
);
--> statement-breakpoint
CREATE TABLE "portfolio"."forecasts" (
	"market" char(2) NOT NULL,
	"day" date NOT NULL,
	"due_on" date NOT NULL,
	"currency" char(3) NOT NULL,
	"due" bigint NOT NULL,
	"expected" bigint NOT NULL,
	CONSTRAINT "forecasts_market_day_due_on_pk" PRIMARY KEY("market","day","due_on")
);
--> statement-breakpoint
CREATE TABLE "portfolio"."days" (
	"market" char(2) NOT NULL,
	"day" date NOT NULL,
	"taken_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "days_market_day_pk" PRIMARY KEY("market","day")
);
--> statement-breakpoint
CREATE TABLE "portfolio"."parts" (
	"market" char(2) NOT NULL,
	"day" date NOT NULL,
	"plan_id" uuid NOT NULL,
	"plan_name" text NOT NULL,
	"vintage" text NOT NULL,
	"currency" char(3) NOT NULL,
	"late_from" smallint NOT NULL,
	"leases" integer NOT NULL,
	"outstanding" bigint NOT NULL,
	"restructured_leases" integer NOT NULL,
	"restructured" bigint NOT NULL,
	"written_off_leases" integer NOT NULL,
	"written_off" bigint NOT NULL,
	"recovered" bigint NOT NULL,
	CONSTRAINT "parts_market_day_plan_id_vintage_late_from_pk" PRIMARY KEY("market","day","plan_id","vintage","late_from")
);
--> statement-breakpoint
ALTER TABLE "portfolio"."calls" ADD CONSTRAINT "calls_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "calls_lease" ON "portfolio"."calls" USING btree ("lease_id","number");--> statement-breakpoint
CREATE INDEX "forecasts_due" ON "portfolio"."forecasts" USING btree ("market","due_on");