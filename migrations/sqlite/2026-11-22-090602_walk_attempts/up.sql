-- When the chain of an account was last tried to be walked: one that cannot be read waits for its turn like the others.
CREATE TABLE consent_walk_attempts (
  account_id BLOB PRIMARY KEY NOT NULL REFERENCES accounts (id),
  tried_at BIGINT NOT NULL
);
