-- A mail of its own when somebody comes, and when somebody leaves.
ALTER TABLE lists ADD COLUMN sends_welcome BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE lists ADD COLUMN sends_goodbye BOOLEAN NOT NULL DEFAULT FALSE;

-- A person who changed their address goes on as another row; the old one keeps its hash and its history.
ALTER TABLE subscribers ADD COLUMN moved_to BLOB;
CREATE INDEX subscribers_moved ON subscribers (moved_to) WHERE moved_to IS NOT NULL;

-- How often the reader wants mail of this list (day, week, month), and until when none at all.
ALTER TABLE subscriptions ADD COLUMN frequency TEXT;
ALTER TABLE subscriptions ADD COLUMN paused_until BIGINT;

-- Why somebody left, if they cared to say; one answer for one leaving.
CREATE TABLE leave_reasons (
  subscription_id BLOB NOT NULL REFERENCES subscriptions (id),
  left_at BIGINT NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  list_id BLOB NOT NULL REFERENCES lists (id),
  reason TEXT NOT NULL,
  comment TEXT NOT NULL,
  told_at BIGINT NOT NULL,
  PRIMARY KEY (subscription_id, left_at)
);
CREATE INDEX leave_reasons_list ON leave_reasons (list_id, left_at);

-- A change of address waits for a yes from both mailboxes. Of each token only the digest is kept, beside its nonce.
CREATE TABLE address_changes (
  account_id BLOB NOT NULL REFERENCES accounts (id),
  subscriber_id BLOB NOT NULL REFERENCES subscribers (id),
  list_id BLOB NOT NULL REFERENCES lists (id),
  new_address TEXT,
  old_nonce BLOB NOT NULL,
  old_hash BLOB PRIMARY KEY NOT NULL,
  new_nonce BLOB NOT NULL,
  new_hash BLOB NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  old_agreed_at BIGINT,
  new_agreed_at BIGINT,
  ended_at BIGINT,
  outcome TEXT
);
CREATE INDEX address_changes_subscriber ON address_changes (subscriber_id, created_at);
CREATE INDEX address_changes_waiting ON address_changes (expires_at) WHERE ended_at IS NULL;
