-- What people read goes out with its version as ETag: whoever changes such a row, by whatever statement, moves it.
CREATE FUNCTION identity.move_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;--> statement-breakpoint
CREATE TRIGGER users_version BEFORE UPDATE ON identity.users FOR EACH ROW EXECUTE FUNCTION identity.move_version();--> statement-breakpoint
CREATE TRIGGER vehicles_version BEFORE UPDATE ON vehicles.vehicles FOR EACH ROW EXECUTE FUNCTION identity.move_version();--> statement-breakpoint
CREATE TRIGGER plans_version BEFORE UPDATE ON vehicles.plans FOR EACH ROW EXECUTE FUNCTION identity.move_version();--> statement-breakpoint
CREATE TRIGGER geofences_version BEFORE UPDATE ON telematics.geofences FOR EACH ROW EXECUTE FUNCTION identity.move_version();--> statement-breakpoint
CREATE TRIGGER tickets_version BEFORE UPDATE ON support.tickets FOR EACH ROW EXECUTE FUNCTION identity.move_version();--> statement-breakpoint
CREATE TRIGGER ticket_macros_version BEFORE UPDATE ON support.ticket_macros FOR EACH ROW EXECUTE FUNCTION identity.move_version();--> statement-breakpoint
CREATE TRIGGER endpoints_version BEFORE UPDATE ON webhooks.endpoints FOR EACH ROW EXECUTE FUNCTION identity.move_version();
