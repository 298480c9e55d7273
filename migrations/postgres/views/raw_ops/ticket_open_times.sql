-- The times during which tickets were open: one for each ticket, and one more for each time that it
-- was opened again. The last has no end while the ticket is open.
CREATE OR REPLACE VIEW raw_ops.ticket_open_times WITH (security_invoker = true) AS
SELECT
    f.ticket_id::uuid AS ticket_id,
    span.opened_at,
    -- It never ends before it begins, whatever clocks say.
    CASE WHEN span.ended_at IS NOT NULL THEN greatest(span.ended_at, span.opened_at) END
        AS ended_at,
    f.tenant
FROM {ticket_facts} AS f
CROSS JOIN LATERAL (
    -- Between one time and the next lies a gap; the first begins, and the last ends, beside them.
    SELECT
        CASE WHEN number = 0
             THEN 'epoch'::timestamptz + f.received_at * interval '1 microsecond'
             ELSE (gaps -> (number - 1) ->> 'to')::timestamptz
        END AS opened_at,
        CASE WHEN number = json_array_length(gaps)
             THEN 'epoch'::timestamptz + f.ended_at * interval '1 microsecond'
             ELSE (gaps -> number ->> 'from')::timestamptz
        END AS ended_at
    FROM (SELECT f.gaps::json AS gaps) AS read
    CROSS JOIN LATERAL generate_series(0, json_array_length(gaps)) AS number
) AS span
WHERE f.tenant = coalesce(nullif(current_setting('casebook.tenant', true), ''), f.tenant)
