-- From which of the operator's own addresses an account's mail leaves, where this installation delivers by itself.
ALTER TABLE accounts ADD COLUMN pool TEXT;
