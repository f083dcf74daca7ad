-- What signs the mail of a sending domain: its RSA key alone, an Ed25519 key beside it (RFC 8463), or the relay.
-- The finding of the second key stands apart: a version that does not know it must still read the others.
ALTER TABLE sending_domains ADD COLUMN signing TEXT NOT NULL DEFAULT 'rsa';
ALTER TABLE sending_domains ADD COLUMN ed25519_private_key BLOB;
ALTER TABLE sending_domains ADD COLUMN ed25519_finding TEXT;
ALTER TABLE sending_domains ADD COLUMN ed25519_found_at BIGINT;
