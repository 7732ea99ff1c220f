CREATE TABLE "support"."ticket_attachments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"uploaded_by" uuid NOT NULL,
	"message_id" uuid,
	"media_type" text NOT NULL,
	"sha256" char(64) NOT NULL,
	"size" integer NOT NULL,
	"content_encrypted" "bytea" NOT NULL,
	"key_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "support"."ticket_macros" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"language" text NOT NULL,
	"body" text NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "support"."ticket_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"ticket_id" uuid NOT NULL,
	"author" jsonb NOT NULL,
	"internal" boolean DEFAULT false NOT NULL,
	"body_encrypted" text NOT NULL,
	"event_id" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"told_at" timestamp (3) with time zone,
	"tells" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "support"."tickets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"market" char(2) NOT NULL,
	"branch" text,
	"category" text NOT NULL,
	"priority" text NOT NULL,
	"status" text NOT NULL,
	"subject_encrypted" text NOT NULL,
	"assignee_id" uuid,
	"lease_id" uuid,
	"payment_id" uuid,
	"vehicle_id" uuid,
	"case_id" uuid,
	"cause" jsonb,
	"used_ms" bigint DEFAULT 0 NOT NULL,
	"running_since" timestamp (3) with time zone,
	"first_answer_due_at" timestamp (3) with time zone,
	"first_answered_at" timestamp (3) with time zone,
	"resolution_due_at" timestamp (3) with time zone,
	"resolved_at" timestamp (3) with time zone,
	"escalates_at" timestamp (3) with time zone,
	"level" text,
	"escalated_at" timestamp (3) with time zone,
	"escalated_to_id" uuid,
	"escalation_reason" text,
	"merged_into_id" uuid,
	"rating" smallint,
	"is_shown" boolean NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "tickets_rating" CHECK ("support"."tickets"."rating" between 1 and 5),
	CONSTRAINT "tickets_clock" CHECK (("support"."tickets"."running_since" is not null) = ("support"."tickets"."status" = 'open')),
	CONSTRAINT "tickets_merged" CHECK (("support"."tickets"."merged_into_id" is not null) = ("support"."tickets"."status" = 'merged'))
);
--> statement-breakpoint
ALTER TABLE "identity"."users" ADD COLUMN "desk" jsonb;--> statement-breakpoint
ALTER TABLE "support"."ticket_attachments" ADD CONSTRAINT "ticket_attachments_uploaded_by_users_id_fk" FOREIGN KEY ("uploaded_by") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support"."ticket_attachments" ADD CONSTRAINT "ticket_attachments_message_id_ticket_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "support"."ticket_messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support"."ticket_messages" ADD CONSTRAINT "ticket_messages_ticket_id_tickets_id_fk" FOREIGN KEY ("ticket_id") REFERENCES "support"."tickets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support"."tickets" ADD CONSTRAINT "tickets_customer_id_users_id_fk" FOREIGN KEY ("customer_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support"."tickets" ADD CONSTRAINT "tickets_assignee_id_users_id_fk" FOREIGN KEY ("assignee_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support"."tickets" ADD CONSTRAINT "tickets_escalated_to_id_users_id_fk" FOREIGN KEY ("escalated_to_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ticket_attachments_message" ON "support"."ticket_attachments" USING btree ("message_id");--> statement-breakpoint
CREATE INDEX "ticket_attachments_unused" ON "support"."ticket_attachments" USING btree ("created_at") WHERE "support"."ticket_attachments"."message_id" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_macros_name" ON "support"."ticket_macros" USING btree ("name","language");--> statement-breakpoint
CREATE UNIQUE INDEX "ticket_messages_event" ON "support"."ticket_messages" USING btree ("event_id");--> statement-breakpoint
CREATE INDEX "ticket_messages_ticket" ON "support"."ticket_messages" USING btree ("ticket_id","created_at");--> statement-breakpoint
CREATE INDEX "tickets_customer" ON "support"."tickets" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "tickets_created" ON "support"."tickets" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "tickets_lease" ON "support"."tickets" USING btree ("lease_id");--> statement-breakpoint
CREATE INDEX "tickets_assignee" ON "support"."tickets" USING btree ("assignee_id") WHERE "support"."tickets"."status" in ('open', 'waiting');