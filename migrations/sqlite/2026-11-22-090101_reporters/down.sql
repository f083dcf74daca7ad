ALTER TABLE inbound_messages DROP COLUMN look_at;
ALTER TABLE inbound_messages DROP COLUMN reporter;
ALTER TABLE inbound_messages DROP COLUMN source;
