ALTER TABLE sending_domains DROP COLUMN ed25519_found_at;
ALTER TABLE sending_domains DROP COLUMN ed25519_finding;
ALTER TABLE sending_domains DROP COLUMN ed25519_private_key;
ALTER TABLE sending_domains DROP COLUMN signing;
