-- The tables of the first release. TEXT and BIGINT only; instants are milliseconds since 1970-01-01 UTC.

-- What expires: journeys, sessions, codes, tokens. The key is a digest of the secret that the client holds.
CREATE TABLE records (
  tenant TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  owner TEXT NOT NULL,
  version BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, key)
);
CREATE INDEX records_by_owner ON records (tenant, owner, kind);
CREATE INDEX records_by_expiry ON records (expires);

-- Counts of what happened within a window.
CREATE TABLE counters (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  count BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  PRIMARY KEY (tenant, name)
);
CREATE INDEX counters_by_expiry ON counters (expires);

-- Smart lockout: one row per account (or per name that has none) and scope.
CREATE TABLE lockouts (
  tenant TEXT NOT NULL,
  account TEXT NOT NULL,
  scope TEXT NOT NULL,
  known BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  locks BIGINT NOT NULL,
  locked_until BIGINT NOT NULL,
  recent TEXT NOT NULL,
  updated BIGINT NOT NULL,
  PRIMARY KEY (tenant, account, scope)
);
CREATE INDEX lockouts_by_age ON lockouts (known, updated);

-- The directory. body: attributes as JSON by name.
CREATE TABLE users (
  tenant TEXT NOT NULL,
  object_id TEXT NOT NULL,
  principal TEXT NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  tokens_valid_from BIGINT NOT NULL,
  enabled BIGINT NOT NULL,
  password TEXT,
  previous_password TEXT,
  password_changed BIGINT NOT NULL,
  must_change BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, object_id)
);
CREATE UNIQUE INDEX users_by_principal ON users (tenant, principal);

-- issuer is empty for local sign-in names; canonical decides sameness.
CREATE TABLE identities (
  tenant TEXT NOT NULL,
  issuer TEXT NOT NULL,
  canonical TEXT NOT NULL,
  sign_in_type TEXT NOT NULL,
  assigned TEXT NOT NULL,
  object_id TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (tenant, issuer, canonical)
);
CREATE INDEX identities_by_user ON identities (tenant, object_id);

-- Attributes by which a policy may look up a user beside identities; not unique.
CREATE TABLE user_search (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  object_id TEXT NOT NULL,
  PRIMARY KEY (tenant, name, value, object_id)
);
CREATE INDEX user_search_by_user ON user_search (tenant, object_id);

CREATE TABLE applications (
  tenant TEXT NOT NULL,
  client_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, client_id)
);

-- Policy key containers: keys in order of position. name is the container's name in lower case.
CREATE TABLE policy_keys (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  position BIGINT NOT NULL,
  display TEXT NOT NULL,
  kid TEXT NOT NULL,
  key_type TEXT NOT NULL,
  key_use TEXT NOT NULL,
  not_before BIGINT,
  expires BIGINT,
  created BIGINT NOT NULL,
  public TEXT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (tenant, name, position)
);

-- Keys that seal everything else; themselves sealed under the master key.
CREATE TABLE seal_keys (
  id BIGINT NOT NULL,
  active_from BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (id)
);

-- Rises by one at every change, so that caches of other processes notice.
CREATE TABLE generations (
  name TEXT NOT NULL,
  number BIGINT NOT NULL,
  PRIMARY KEY (name)
);

CREATE TABLE audit (
  id TEXT NOT NULL,
  tenant TEXT NOT NULL,
  at BIGINT NOT NULL,
  category TEXT NOT NULL,
  activity TEXT NOT NULL,
  result TEXT NOT NULL,
  target TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX audit_by_time ON audit (tenant, at);
CREATE INDEX audit_by_target ON audit (tenant, target, at);
