DROP INDEX "kyc"."documents_user";--> statement-breakpoint
ALTER TABLE "kyc"."documents" ADD COLUMN "key_id" text NOT NULL;--> statement-breakpoint
ALTER TABLE "kyc"."submissions" ADD COLUMN "review_reason" text;--> statement-breakpoint
ALTER TABLE "kyc"."submissions" ADD COLUMN "review_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "kyc"."submissions" ADD COLUMN "document_expires_on" date;--> statement-breakpoint
CREATE UNIQUE INDEX "documents_content" ON "kyc"."documents" USING btree ("user_id","sha256","kind");--> statement-breakpoint
CREATE INDEX "submissions_status" ON "kyc"."submissions" USING btree ("status","id");