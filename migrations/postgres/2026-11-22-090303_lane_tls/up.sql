-- Whether mail goes in this lane only over TLS, where this installation delivers by itself; null is as the table says.
ALTER TABLE lanes ADD COLUMN demands_tls BIGINT;
