-- Makes :count users out of the first one: user1@example.com, user2@example.com, …, all with its password. Object ids
-- are scattered as random ones are, so that the indexes have the shape of a real directory's.
CREATE TEMP TABLE template AS
  SELECT u.*, i.sign_in_type, i.issuer, i.position FROM users u
  JOIN identities i ON i.tenant = u.tenant AND i.object_id = u.object_id AND i.issuer = ''
  ORDER BY u.created, u.object_id LIMIT 1;
CREATE TEMP TABLE copies AS
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
  SELECT i, printf('%08x-%04x-4000-8000-%012x', (i * 2654435761) % 4294967296, i % 65536, i) AS object_id FROM n;
INSERT INTO users
  SELECT t.tenant, c.object_id, c.object_id || '@' || t.tenant, t.version, t.created, t.updated, t.tokens_valid_from,
         t.enabled, t.password, t.previous_password, t.password_changed, t.must_change, t.body
  FROM copies c CROSS JOIN template t;
INSERT INTO identities
  SELECT t.tenant, t.issuer, 'user' || c.i || '@example.com', t.sign_in_type, 'user' || c.i || '@example.com',
         c.object_id, t.position
  FROM copies c CROSS JOIN template t;
DROP TABLE copies;
DROP TABLE template;
