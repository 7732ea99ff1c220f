ALTER TABLE "support"."notifications" ADD COLUMN "delivered_at" timestamp (3) with time zone;--> statement-breakpoint
-- What a network has said of texts before is on record at their tries, without its own time: a notice that runs goes on.
UPDATE support.notifications n SET delivered_at = n.sent_at
FROM support.notification_tries t
WHERE t.notification_id = n.id AND t.state = 'delivered' AND n.sent_at IS NOT NULL AND n.template = 'immobilisation_warning';
