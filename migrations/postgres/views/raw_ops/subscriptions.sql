-- What customers subscribe to: one row at most for each, under the customer's identifier.
CREATE OR REPLACE VIEW raw_ops.subscriptions WITH (security_invoker = true) AS
SELECT
    c.contact_id::uuid AS id,
    c.contact_id::uuid AS customer_id,
    known.subscription ->> 'status' AS status,
    known.context ->> 'box_size' AS box_size,
    {subscription_columns},
    known.subscription ->> 'plan' AS plan,
    c.tenant
FROM {contacts} AS c
CROSS JOIN LATERAL (
    SELECT context, context -> 'subscription' AS subscription
    FROM (SELECT replace(c.context, '\u0000', '\ufffd')::json AS context) AS read
) AS known
WHERE json_typeof(known.subscription) = 'object'
  AND c.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), c.tenant)
