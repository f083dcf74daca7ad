-- A file of addresses on its way in.
CREATE TABLE imports (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  list_id BLOB NOT NULL REFERENCES lists (id),
  state TEXT NOT NULL,
  source TEXT NOT NULL,
  collected_on TEXT NOT NULL,
  basis TEXT NOT NULL,
  evidence TEXT,
  file_name TEXT NOT NULL,
  file_hash BLOB NOT NULL,
  encoding TEXT NOT NULL,
  delimiter TEXT NOT NULL,
  fields TEXT NOT NULL,
  row_count BIGINT NOT NULL,
  accepted BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  postponed BIGINT NOT NULL,
  per_day BIGINT NOT NULL,
  leg_at BIGINT NOT NULL,
  leg_from BIGINT NOT NULL,
  paused_at BIGINT,
  pause_reason TEXT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX imports_account ON imports (account_id, id);
CREATE INDEX imports_file ON imports (account_id, file_hash);
CREATE INDEX imports_under_way ON imports (state, id);

-- The rows that are still to be read, some at a time; each goes in the transaction that reads it.
CREATE TABLE import_chunks (
  import_id BLOB NOT NULL REFERENCES imports (id),
  number BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (import_id, number)
);

-- What was not taken, and why. What was typed stays only where it is nobody that the account knows.
CREATE TABLE import_refusals (
  import_id BLOB NOT NULL REFERENCES imports (id),
  line BIGINT NOT NULL,
  reason TEXT NOT NULL,
  typed TEXT NOT NULL,
  subscriber_id BLOB REFERENCES subscribers (id),
  PRIMARY KEY (import_id, line)
);

-- Who is to be asked to confirm, in the order of the file, each with the request that the mail will carry.
CREATE TABLE import_askings (
  import_id BLOB NOT NULL REFERENCES imports (id),
  position BIGINT NOT NULL,
  subscription_id BLOB NOT NULL REFERENCES subscriptions (id),
  request BLOB NOT NULL,
  asked_at BIGINT,
  delivery_id BIGINT,
  PRIMARY KEY (import_id, position)
);
