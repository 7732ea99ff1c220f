ALTER TABLE "support"."ticket_macros" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "support"."ticket_macros" ADD COLUMN "updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
-- Nobody has changed one before.
UPDATE support.ticket_macros SET updated_at = created_at;
