-- The contacts that the tenant's business knows; a contact that it does not know is a prospect.
CREATE OR REPLACE VIEW raw_ops.customers WITH (security_invoker = true) AS
SELECT
    c.contact_id::uuid AS id,
    c.address AS email,
    replace(c.context, '\u0000', '\ufffd')::json ->> 'first_name' AS first_name,
    replace(c.context, '\u0000', '\ufffd')::json ->> 'last_name' AS last_name,
    replace(c.context, '\u0000', '\ufffd')::json ->> 'customer_id' AS external_id,
    'epoch'::timestamptz + c.first_seen_at * interval '1 microsecond' AS created_at,
    c.tenant
FROM {contacts} AS c
WHERE c.context IS NOT NULL
  AND c.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), c.tenant)
