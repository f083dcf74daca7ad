-- Of a message that came in: the network address or the account that handed it in, whether whoever complains is known
-- (BNC-08), and when to look again where a name server did not answer.
ALTER TABLE inbound_messages ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE inbound_messages ADD COLUMN reporter TEXT;
ALTER TABLE inbound_messages ADD COLUMN look_at BIGINT;
