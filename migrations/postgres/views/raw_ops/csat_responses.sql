-- SOP CS-01, table csat_responses: answers to surveys. There are no surveys yet, so no rows.
CREATE OR REPLACE VIEW raw_ops.csat_responses WITH (security_invoker = true) AS
SELECT
    NULL::uuid AS id,
    NULL::uuid AS ticket_id,
    NULL::integer AS rating,
    NULL::text AS comment,
    NULL::timestamptz AS created_at,
    NULL::text AS tenant
WHERE false
