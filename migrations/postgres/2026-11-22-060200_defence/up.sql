-- Who was asked, under a keyed name that all accounts share; which other lists one mail asks for; and whether the mail
-- is held back.
ALTER TABLE confirmations ADD COLUMN asked_name TEXT;
ALTER TABLE confirmations ADD COLUMN together TEXT NOT NULL DEFAULT '[]';
ALTER TABLE confirmations ADD COLUMN held_at BIGINT;
ALTER TABLE confirmations ADD COLUMN confirmed_at BIGINT;
CREATE INDEX confirmations_asked ON confirmations (asked_name, created_at);
CREATE INDEX confirmations_held ON confirmations (form_id, created_at) WHERE held_at IS NOT NULL;

-- Addresses whose owner said "I did not ask for this": nobody in the installation asks them again.
CREATE TABLE unwanted_addresses (
  name TEXT PRIMARY KEY NOT NULL,
  form_id UUID,
  said_at BIGINT NOT NULL
);

-- Passes of forms that were shown as a proof: each proves one signup.
CREATE TABLE spent_passes (
  pass_hash BYTEA PRIMARY KEY NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX spent_passes_expiry ON spent_passes (expires_at);

-- A form that is asked for more than people ask, from the first sign of it until it is calm again.
CREATE TABLE floods (
  id UUID PRIMARY KEY NOT NULL,
  account_id UUID NOT NULL REFERENCES accounts (id),
  form_id UUID NOT NULL REFERENCES forms (id),
  step TEXT NOT NULL,
  tried BIGINT NOT NULL,
  mailed BIGINT NOT NULL,
  began_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  next_mail_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE UNIQUE INDEX floods_open ON floods (form_id) WHERE ended_at IS NULL;
CREATE INDEX floods_account ON floods (account_id, began_at);
CREATE INDEX floods_began ON floods (began_at);
