-- What customers subscribe to: one row at most for each, under the customer's identifier.
CREATE OR REPLACE VIEW raw_ops.subscriptions WITH (security_invoker = true) AS
SELECT
    c.contact_id::uuid AS id,
    c.contact_id::uuid AS customer_id,
    known.subscription ->> 'status' AS status,
    known.context ->> 'box_size' AS box_size,
    CASE WHEN length(known.subscription ->> 'frequency_weeks') < 10
         THEN (known.subscription ->> 'frequency_weeks')::integer
    END AS frequency_weeks,
    known.subscription ->> 'external_id' AS seal_subscription_id,
    -- Counted from the first of the month, because a day that does not exist must not fail.
    CASE WHEN known.subscription ->> 'next_billing_date'
              ~ '^[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'
         THEN (left(known.subscription ->> 'next_billing_date', 8) || '01')::date
              + right(known.subscription ->> 'next_billing_date', 2)::integer - 1
    END AS next_billing_date,
    known.subscription ->> 'plan' AS plan,
    c.tenant
FROM {contacts} AS c
CROSS JOIN LATERAL (
    SELECT context, context -> 'subscription' AS subscription
    FROM (SELECT replace(c.context, '\u0000', '\ufffd')::json AS context) AS read
) AS known
WHERE json_typeof(known.subscription) = 'object'
  AND c.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), c.tenant)
