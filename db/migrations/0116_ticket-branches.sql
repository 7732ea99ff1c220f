ALTER TABLE "support"."tickets" ADD COLUMN "branch_id" uuid;--> statement-breakpoint
ALTER TABLE "support"."tickets" ADD CONSTRAINT "tickets_branch_id_branches_id_fk" FOREIGN KEY ("branch_id") REFERENCES "vehicles"."branches"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- What was typed as a branch is that branch, where there is one of its name; else there is none.
UPDATE support.tickets t SET branch_id = b.id FROM vehicles.branches b WHERE b.market = t.market AND b.name = t.branch;
--> statement-breakpoint
UPDATE identity.users SET desk = (desk - 'branch') || jsonb_build_object('branchId', (
  SELECT b.id FROM vehicles.branches b WHERE b.name = desk ->> 'branch' AND jsonb_exists(desk -> 'markets', b.market::text) LIMIT 1))
WHERE jsonb_typeof(desk) = 'object';
