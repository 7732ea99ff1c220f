CREATE TABLE "support"."unread_callbacks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sender" text NOT NULL,
	"unread" text NOT NULL,
	"body_encrypted" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "unread_callbacks_received" ON "support"."unread_callbacks" USING btree ("received_at","id");