-- SOP CS-01, table monitoring_runs: runs of health checks. There is no monitoring yet, so no rows.
CREATE OR REPLACE VIEW raw_ops.monitoring_runs WITH (security_invoker = true) AS
SELECT
    NULL::uuid AS id,
    NULL::text AS check_name,
    NULL::text AS status,
    NULL::jsonb AS details,
    NULL::timestamptz AS run_at,
    NULL::text AS tenant
WHERE false
