-- One row: what holds for the whole installation.
CREATE TABLE installation (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sending_paused_at BIGINT,
  sending_pause_reason TEXT
);
INSERT INTO installation (id) VALUES (1);

CREATE TABLE accounts (
  id BLOB PRIMARY KEY NOT NULL,
  name TEXT NOT NULL UNIQUE,
  postal_address TEXT NOT NULL,
  website TEXT NOT NULL,
  contact TEXT NOT NULL,
  address_key BLOB NOT NULL,
  consent_head BLOB,
  paused_at BIGINT,
  pause_reason TEXT,
  hourly_limit BIGINT,
  daily_limit BIGINT,
  created_at BIGINT NOT NULL
);

-- A user without an account is an operator.
CREATE TABLE users (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB REFERENCES accounts (id),
  address TEXT NOT NULL UNIQUE,
  password_hash TEXT,
  role TEXT NOT NULL,
  language TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id),
  network TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE invitations (
  token_hash BLOB PRIMARY KEY NOT NULL,
  nonce BLOB NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

-- A token without an account is the operator's.
CREATE TABLE api_tokens (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB REFERENCES accounts (id),
  token_hash BLOB NOT NULL UNIQUE,
  label TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  revoked_at BIGINT
);

CREATE TABLE audit_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  at BIGINT NOT NULL,
  account_id BLOB,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  network TEXT NOT NULL
);
CREATE INDEX audit_entries_account ON audit_entries (account_id, id);

CREATE TABLE idempotency_keys (
  account_id BLOB NOT NULL REFERENCES accounts (id),
  idempotency_key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, idempotency_key)
);

-- How often something happened in a window of time; ceilings read it.
CREATE TABLE counters (
  name TEXT NOT NULL,
  window_at BIGINT NOT NULL,
  hits BIGINT NOT NULL,
  PRIMARY KEY (name, window_at)
);

CREATE TABLE sending_domains (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  dkim_selector TEXT NOT NULL,
  dkim_private_key BLOB NOT NULL,
  findings TEXT NOT NULL,
  checked_at BIGINT,
  verified_at BIGINT,
  created_at BIGINT NOT NULL,
  UNIQUE (account_id, name)
);

CREATE TABLE lists (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  from_name TEXT NOT NULL,
  from_address TEXT NOT NULL,
  reply_to TEXT,
  language TEXT NOT NULL,
  description TEXT NOT NULL,
  has_archive BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  closed_at BIGINT
);
CREATE INDEX lists_account ON lists (account_id, id);

CREATE TABLE forms (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  list_id BLOB NOT NULL REFERENCES lists (id),
  version INTEGER NOT NULL,
  allowed_origins TEXT NOT NULL,
  redirect_url TEXT,
  created_at BIGINT NOT NULL,
  closed_at BIGINT
);
CREATE INDEX forms_list ON forms (list_id, id);

-- What a person saw: a changed text is a new row, the old ones stay.
CREATE TABLE form_versions (
  form_id BLOB NOT NULL REFERENCES forms (id),
  version INTEGER NOT NULL,
  title TEXT NOT NULL,
  consent_text TEXT NOT NULL,
  fields TEXT NOT NULL,
  language TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (form_id, version)
);

-- The address goes at an erasure, its keyed hash stays.
CREATE TABLE subscribers (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  address TEXT,
  address_hash BLOB NOT NULL,
  attributes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  erased_at BIGINT,
  UNIQUE (account_id, address_hash)
);
CREATE INDEX subscribers_account ON subscribers (account_id, id);

CREATE TABLE subscriptions (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  subscriber_id BLOB NOT NULL REFERENCES subscribers (id),
  list_id BLOB NOT NULL REFERENCES lists (id),
  state TEXT NOT NULL,
  requested_at BIGINT NOT NULL,
  confirmed_at BIGINT,
  ended_at BIGINT,
  end_reason TEXT,
  expires_at BIGINT,
  UNIQUE (subscriber_id, list_id)
);
CREATE INDEX subscriptions_list ON subscriptions (list_id, state, id);
CREATE INDEX subscriptions_expiry ON subscriptions (expires_at) WHERE state = 'pending';

-- A link in a confirmation mail. The token itself is kept nowhere: it is derived from the nonce and the installation key.
CREATE TABLE confirmations (
  token_hash BLOB PRIMARY KEY NOT NULL,
  nonce BLOB NOT NULL,
  subscription_id BLOB NOT NULL REFERENCES subscriptions (id),
  form_id BLOB,
  form_version INTEGER,
  wording TEXT NOT NULL,
  attributes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX confirmations_subscription ON confirmations (subscription_id, created_at);

-- Network and user agent are bound into the chain only by a salted hash, so that an erasure can take them away.
CREATE TABLE consent_records (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  subscription_id BLOB NOT NULL REFERENCES subscriptions (id),
  subscriber_id BLOB NOT NULL REFERENCES subscribers (id),
  list_id BLOB NOT NULL REFERENCES lists (id),
  at BIGINT NOT NULL,
  event TEXT NOT NULL,
  via TEXT NOT NULL,
  form_id BLOB,
  form_version INTEGER,
  wording TEXT NOT NULL,
  language TEXT NOT NULL,
  origin TEXT NOT NULL,
  network TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  detail TEXT NOT NULL,
  personal_salt BLOB,
  personal_hash BLOB NOT NULL,
  previous_hash BLOB,
  hash BLOB NOT NULL
);
CREATE INDEX consent_records_subscriber ON consent_records (subscriber_id, id);
CREATE INDEX consent_records_account ON consent_records (account_id, id);

CREATE TABLE suppressions (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  address TEXT,
  address_hash BLOB NOT NULL,
  reason TEXT NOT NULL,
  evidence TEXT NOT NULL,
  delivery_id BIGINT,
  created_at BIGINT NOT NULL,
  lifted_at BIGINT,
  lift_reason TEXT
);
CREATE UNIQUE INDEX suppressions_in_force ON suppressions (account_id, address_hash, reason) WHERE lifted_at IS NULL;
CREATE INDEX suppressions_account ON suppressions (account_id, created_at);

CREATE TABLE campaigns (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  list_id BLOB NOT NULL REFERENCES lists (id),
  subject TEXT NOT NULL,
  preheader TEXT NOT NULL,
  body_format TEXT NOT NULL,
  body TEXT NOT NULL,
  body_text TEXT,
  segment TEXT,
  state TEXT NOT NULL,
  paused_reason TEXT,
  start_at BIGINT,
  plan TEXT,
  audience BIGINT NOT NULL,
  frozen BIGINT NOT NULL,
  freeze_cursor BLOB,
  frozen_at BIGINT,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT
);
CREATE INDEX campaigns_account ON campaigns (account_id, id);
CREATE INDEX campaigns_state ON campaigns (state);

-- What came of a campaign's deliveries, minute by minute: the real curve.
CREATE TABLE campaign_progress (
  campaign_id BLOB NOT NULL REFERENCES campaigns (id),
  minute_at BIGINT NOT NULL,
  accepted BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  deferred BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  PRIMARY KEY (campaign_id, minute_at)
);

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  kind TEXT NOT NULL,
  account_id BLOB,
  campaign_id BLOB REFERENCES campaigns (id),
  list_id BLOB REFERENCES lists (id),
  subscriber_id BLOB REFERENCES subscribers (id),
  subscription_id BLOB REFERENCES subscriptions (id),
  cause BLOB,
  address TEXT NOT NULL,
  lane TEXT NOT NULL,
  position BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  claimed_by TEXT,
  claimed_until BIGINT,
  last_code INTEGER,
  last_reply TEXT,
  finished_at BIGINT,
  bounced_at BIGINT,
  complained_at BIGINT
);
CREATE INDEX deliveries_single ON deliveries (due_at, id) WHERE kind <> 'campaign' AND state IN ('queued', 'deferred');
CREATE INDEX deliveries_released ON deliveries (campaign_id, position) WHERE kind = 'campaign' AND state = 'queued';
CREATE INDEX deliveries_retry ON deliveries (campaign_id, due_at) WHERE kind = 'campaign' AND state = 'deferred';
CREATE INDEX deliveries_claimed ON deliveries (claimed_until) WHERE state = 'claimed';
CREATE INDEX deliveries_campaign ON deliveries (campaign_id, state, id);
CREATE INDEX deliveries_subscription ON deliveries (subscription_id, id);
CREATE INDEX deliveries_subscriber ON deliveries (subscriber_id, id);
CREATE UNIQUE INDEX deliveries_once ON deliveries (campaign_id, subscription_id) WHERE kind = 'campaign';

CREATE TABLE inbound_messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  content_hash BLOB NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  envelope_from TEXT NOT NULL,
  envelope_to TEXT NOT NULL,
  message BLOB NOT NULL,
  state TEXT NOT NULL,
  kind TEXT,
  account_id BLOB,
  delivery_id BIGINT,
  note TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  judged_at BIGINT
);
CREATE INDEX inbound_messages_waiting ON inbound_messages (id) WHERE state = 'stored';
-- Bodies that are still kept; the same words as in the statement that drops them.
CREATE INDEX inbound_messages_bodies ON inbound_messages (state, received_at) WHERE length(message) > 0;
CREATE INDEX inbound_messages_account ON inbound_messages (account_id, id);

CREATE TABLE bounces (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  delivery_id BIGINT NOT NULL REFERENCES deliveries (id),
  campaign_id BLOB,
  subscriber_id BLOB,
  inbound_message_id BIGINT REFERENCES inbound_messages (id),
  severity TEXT NOT NULL,
  class TEXT NOT NULL,
  status TEXT NOT NULL,
  reply TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX bounces_account ON bounces (account_id, id);
CREATE INDEX bounces_subscriber ON bounces (subscriber_id, at);
CREATE INDEX bounces_campaign ON bounces (campaign_id, id);

CREATE TABLE complaints (
  id BLOB PRIMARY KEY NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  delivery_id BIGINT NOT NULL REFERENCES deliveries (id),
  campaign_id BLOB,
  subscriber_id BLOB,
  inbound_message_id BIGINT REFERENCES inbound_messages (id),
  feedback_type TEXT NOT NULL,
  source TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX complaints_account ON complaints (account_id, id);
