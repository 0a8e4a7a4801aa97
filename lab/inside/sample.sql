-- A small shop. :orders rows of orders; the notes are hashes in base64, so that no compression on the
-- way makes a copy look faster than one of real data.
CREATE DATABASE shop;
\connect shop
BEGIN;
CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  email text NOT NULL,
  joined_at timestamptz NOT NULL
);
INSERT INTO customers (name, email, joined_at)
SELECT 'Customer ' || n, 'customer' || n || '@example.com', timestamptz '2024-01-01 00:00+00' + n * interval '97 s'
FROM generate_series(1, greatest(:orders / 20, 10)) AS n;

CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY,
  customer_id bigint NOT NULL,
  placed_at timestamptz NOT NULL,
  status text NOT NULL,
  total numeric(10, 2) NOT NULL,
  note text NOT NULL
);
INSERT INTO orders (customer_id, placed_at, status, total, note)
SELECT 1 + n % greatest(:orders / 20, 10),
  timestamptz '2024-06-01 00:00+00' + n * interval '5 s',
  (ARRAY['placed', 'paid', 'sent', 'returned'])[1 + n % 4],
  5 + (n::bigint * 7919 % 50000) / 100.0,
  -- base64 breaks its lines
  translate(
    encode(sha512(('a' || n)::bytea) || sha512(('b' || n)::bytea) || sha512(('c' || n)::bytea), 'base64'),
    E'\n', '')
FROM generate_series(1, :orders) AS n;

ALTER TABLE customers ADD PRIMARY KEY (id);
ALTER TABLE orders ADD PRIMARY KEY (id);
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX orders_of_customer ON orders (customer_id);
COMMIT;
-- frozen now, so that no vacuum rewrites it all later, in the middle of something that is measured
VACUUM (FREEZE, ANALYZE);
