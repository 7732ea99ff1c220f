ALTER TABLE "vehicles"."plans" ADD COLUMN "deposit_amount" bigint;--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "method" text DEFAULT 'markup' NOT NULL;--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "annual_rate_percent" double precision;--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "days_off_per_month" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "season" jsonb;--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "earnings" jsonb;--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "subsidy" jsonb;--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD CONSTRAINT "plans_method" CHECK ("vehicles"."plans"."method" in ('markup', 'declining') and ("vehicles"."plans"."method" = 'declining') = ("vehicles"."plans"."annual_rate_percent" is not null));